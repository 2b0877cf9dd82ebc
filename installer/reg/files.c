/* SPDX-License-Identifier: MIT */
#include "reg.h"
#include <strsafe.h>

bool make_directory(const wchar_t *path)
{
	if (CreateDirectoryW(path, NULL) || GetLastError() == ERROR_ALREADY_EXISTS)
		return true;
	log_line(L"the directory %s cannot be made (error %lu)", path, GetLastError());
	return false;
}

static bool is_in_use(DWORD e)
{
	return e == ERROR_SHARING_VIOLATION || e == ERROR_ACCESS_DENIED || e == ERROR_USER_MAPPED_FILE || e == ERROR_LOCK_VIOLATION;
}

/* replace_file replaces a file completely or not at all: it writes a copy beside it and renames that. When the present file is
 * in use, Windows renames the copy at its next start, and reboot is set. */
bool replace_file(const wchar_t *from, const wchar_t *to, bool *reboot)
{
	wchar_t new_path[PATH_LENGTH];
	if (StringCchPrintfW(new_path, LENGTH(new_path), L"%s.new", to) != S_OK)
		return false;
	SetFileAttributesW(to, FILE_ATTRIBUTE_NORMAL);
	if (!CopyFileW(from, new_path, FALSE)) {
		log_line(L"%s cannot be written (error %lu)", new_path, GetLastError());
		return false;
	}
	if (MoveFileExW(new_path, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
		return true;
	DWORD e = GetLastError();
	if (is_in_use(e) && MoveFileExW(new_path, to, MOVEFILE_DELAY_UNTIL_REBOOT | MOVEFILE_REPLACE_EXISTING)) {
		log_line(L"%s is in use; it is replaced at the next start of Windows", to);
		return *reboot = true;
	}
	log_line(L"%s cannot be replaced (error %lu)", to, e);
	DeleteFileW(new_path);
	return false;
}

/* remove_file deletes a file, or has Windows delete it at its next start when it is in use. A missing file is no error. */
bool remove_file(const wchar_t *path, bool *reboot)
{
	SetFileAttributesW(path, FILE_ATTRIBUTE_NORMAL);
	if (DeleteFileW(path) || GetLastError() == ERROR_FILE_NOT_FOUND || GetLastError() == ERROR_PATH_NOT_FOUND)
		return true;
	DWORD e = GetLastError();
	if (is_in_use(e) && MoveFileExW(path, NULL, MOVEFILE_DELAY_UNTIL_REBOOT)) {
		log_line(L"%s is in use; it is deleted at the next start of Windows", path);
		return *reboot = true;
	}
	log_line(L"%s cannot be deleted (error %lu)", path, e);
	return false;
}

/* temporary_path creates an empty file in a directory for temporary files that only administrators may write to. */
static bool temporary_path(wchar_t *to)
{
	wchar_t dir[PATH_LENGTH];
	UINT n = GetSystemWindowsDirectoryW(dir, LENGTH(dir));
	return n > 0 && n < LENGTH(dir) && join_path(dir, LENGTH(dir), dir, L"Temp") && GetTempFileNameW(dir, L"off", 0, to) != 0;
}

/* remove_running_program deletes a program that may be running. Such a file cannot be deleted, but mostly be moved out of its
 * directory; Windows deletes the moved file at its next start. The file of a running NSIS uninstaller cannot be moved. */
bool remove_running_program(const wchar_t *path, bool *reboot)
{
	wchar_t to[MAX_PATH];
	if (DeleteFileW(path) || GetLastError() == ERROR_FILE_NOT_FOUND || GetLastError() == ERROR_PATH_NOT_FOUND)
		return true;
	if (!temporary_path(to))
		return remove_file(path, reboot);
	if (MoveFileExW(path, to, MOVEFILE_REPLACE_EXISTING))
		return MoveFileExW(to, NULL, MOVEFILE_DELAY_UNTIL_REBOOT);
	DeleteFileW(to);
	return remove_file(path, reboot);
}

/* remove_directory removes an empty directory, at the next start of Windows when files in it are deleted then. A directory with
 * other files stays. */
void remove_directory(const wchar_t *path)
{
	if (!RemoveDirectoryW(path) && GetLastError() == ERROR_DIR_NOT_EMPTY)
		MoveFileExW(path, NULL, MOVEFILE_DELAY_UNTIL_REBOOT);
}
