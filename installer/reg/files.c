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

/* away is an empty file in a directory for temporary files that only administrators may write. */
static bool away(wchar_t *to)
{
	wchar_t dir[PATH_LENGTH];
	UINT n = GetSystemWindowsDirectoryW(dir, LENGTH(dir));
	return n > 0 && n < LENGTH(dir) && join_path(dir, LENGTH(dir), dir, L"Temp") && GetTempFileNameW(dir, L"off", 0, to) != 0;
}

/* remove_running deletes a program that may be running: it cannot be deleted then, but mostly be moved out of its directory. What
 * is moved goes with the next start of Windows, whenever that is. NSIS keeps others from moving its own file. */
bool remove_running(const wchar_t *path, bool *reboot)
{
	wchar_t to[MAX_PATH];
	if (DeleteFileW(path) || GetLastError() == ERROR_FILE_NOT_FOUND || GetLastError() == ERROR_PATH_NOT_FOUND)
		return true;
	if (!away(to))
		return remove_file(path, reboot);
	if (MoveFileExW(path, to, MOVEFILE_REPLACE_EXISTING))
		return MoveFileExW(to, NULL, MOVEFILE_DELAY_UNTIL_REBOOT);
	DeleteFileW(to);
	return remove_file(path, reboot);
}

/* remove_directory removes an empty directory, after the files in it that wait for the next start of Windows. Foreign files
 * keep it. */
void remove_directory(const wchar_t *path)
{
	if (!RemoveDirectoryW(path) && GetLastError() == ERROR_DIR_NOT_EMPTY)
		MoveFileExW(path, NULL, MOVEFILE_DELAY_UNTIL_REBOOT);
}
