#include "reg.h"
#include <strsafe.h>

bool make_directory(const wchar_t *path)
{
	if (CreateDirectoryW(path, NULL) || GetLastError() == ERROR_ALREADY_EXISTS)
		return true;
	log_line(L"the directory %s cannot be made (error %lu)", path, GetLastError());
	return false;
}

static bool in_use(DWORD e)
{
	return e == ERROR_SHARING_VIOLATION || e == ERROR_ACCESS_DENIED || e == ERROR_USER_MAPPED_FILE || e == ERROR_LOCK_VIOLATION;
}

/* place_file puts a file in its place, whole or not at all: a copy beside it takes its name. If the present one is in
 * use, that happens at the next start of Windows, and reboot is set. */
bool place_file(const wchar_t *from, const wchar_t *to, bool *reboot)
{
	wchar_t fresh[PATH_LENGTH];
	if (StringCchPrintfW(fresh, LENGTH(fresh), L"%s.new", to) != S_OK)
		return false;
	SetFileAttributesW(to, FILE_ATTRIBUTE_NORMAL);
	if (!CopyFileW(from, fresh, FALSE)) {
		log_line(L"%s cannot be written (error %lu)", fresh, GetLastError());
		return false;
	}
	if (MoveFileExW(fresh, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
		return true;
	DWORD e = GetLastError();
	if (in_use(e) && MoveFileExW(fresh, to, MOVEFILE_DELAY_UNTIL_REBOOT | MOVEFILE_REPLACE_EXISTING)) {
		log_line(L"%s is in use; it is replaced at the next start of Windows", to);
		return *reboot = true;
	}
	log_line(L"%s cannot be replaced (error %lu)", to, e);
	DeleteFileW(fresh);
	return false;
}

/* remove_file deletes a file, at the next start of Windows if it is in use. One that is not there is no error. */
bool remove_file(const wchar_t *path, bool *reboot)
{
	SetFileAttributesW(path, FILE_ATTRIBUTE_NORMAL);
	if (DeleteFileW(path) || GetLastError() == ERROR_FILE_NOT_FOUND || GetLastError() == ERROR_PATH_NOT_FOUND)
		return true;
	DWORD e = GetLastError();
	if (in_use(e) && MoveFileExW(path, NULL, MOVEFILE_DELAY_UNTIL_REBOOT)) {
		log_line(L"%s is in use; it is deleted at the next start of Windows", path);
		return *reboot = true;
	}
	log_line(L"%s cannot be deleted (error %lu)", path, e);
	return false;
}

/* remove_running takes a program out of its directory that may be running: a running program cannot be deleted, but can
 * be moved. What is moved goes with the next start of Windows, whenever that is. */
bool remove_running(const wchar_t *path)
{
	wchar_t dir[PATH_LENGTH], away[MAX_PATH];
	UINT n = GetSystemWindowsDirectoryW(dir, LENGTH(dir));
	if (DeleteFileW(path) || GetLastError() == ERROR_FILE_NOT_FOUND || GetLastError() == ERROR_PATH_NOT_FOUND)
		return true;
	if (n == 0 || n >= LENGTH(dir) || !join_path(dir, LENGTH(dir), dir, L"Temp") || GetTempFileNameW(dir, L"off", 0, away) == 0)
		return false;
	if (!MoveFileExW(path, away, MOVEFILE_REPLACE_EXISTING)) {
		DeleteFileW(away);
		return false;
	}
	return MoveFileExW(away, NULL, MOVEFILE_DELAY_UNTIL_REBOOT);
}
