/* SPDX-License-Identifier: MIT */
#include "reg.h"
#include <shlobj.h>

/* The setup's directory has the files of Windows' own bitness at its top, the 32-bit dialogs in x86, and the debug builds of
 * both below debug. The service repairs System32 from the copies of provider and dialogs in the program directory. */
const struct installed_file installed_files[] = {
	{L"offhook.exe", IN_PROGRAM, L"offhook.exe", true, false, false, false},
	{L"offhookreg.exe", IN_PROGRAM, L"offhookreg.exe", false, false, false, true},
	{L"tapiprobe.exe", IN_PROGRAM, L"tapiprobe.exe", false, true, false, false},
	{L"licences.txt", IN_PROGRAM, L"licences.txt", false, false, false, false},
	{L"uninstall.exe", IN_PROGRAM, L"uninstall.exe", false, false, false, true},
	{L"offhook.tsp", IN_PROGRAM, L"offhook.tsp", false, false, true, false},
	{L"offhookui.dll", IN_PROGRAM, L"offhookui.dll", false, false, true, false},
	{L"offhook.tsp", IN_SYSTEM, L"offhook.tsp", false, false, true, false},
	{L"offhookui.dll", IN_SYSTEM, L"offhookui.dll", false, false, true, false},
	{L"x86\\offhookui.dll", IN_SYSTEM_X86, L"offhookui.dll", false, false, true, false},
};
const size_t installed_file_count = LENGTH(installed_files);

/* installed_path gives the path that a file is installed to; false when this Windows has no such directory. */
bool installed_path(const struct installed_file *p, const wchar_t *program_dir, wchar_t *to, size_t size)
{
	switch (p->directory) {
	case IN_SYSTEM:
		return system_file(to, size, p->name);
	case IN_SYSTEM_X86:
		return system_file_x86(to, size, p->name);
	case IN_PROGRAM:
		return join_path(to, size, program_dir, p->name);
	}
	return false;
}

/* source_path gives the file's path in the setup's directory. */
bool source_path(const struct installed_file *p, const wchar_t *files, bool debug, wchar_t *to, size_t size)
{
	wchar_t dir[PATH_LENGTH];
	if (!p->has_debug_build || !debug)
		return join_path(to, size, files, p->file);
	return join_path(dir, LENGTH(dir), files, L"debug") && join_path(to, size, dir, p->file);
}

/* program_directory gives the directory in the options, else the one of the present installation, else %ProgramFiles%\offhook. */
bool program_directory(const struct options *o, wchar_t *to, size_t size)
{
	wchar_t root[MAX_PATH];
	if (o->dir[0])
		return copy_text(to, size, o->dir, wcslen(o->dir));
	if (product_get(L"InstallDir", to, size))
		return true;
	return SHGetFolderPathW(NULL, CSIDL_PROGRAM_FILES, NULL, SHGFP_TYPE_CURRENT, root) == S_OK && join_path(to, size, root, L"offhook");
}
