/* SPDX-License-Identifier: MIT */
#include "reg.h"

#define FILE_LIMIT (64 * 1024)

/* is_option_name says whether a line's first word is an option's name and not the beginning of user:password:server. */
static bool is_option_name(const wchar_t *name)
{
	static const wchar_t *const names[] = {L"options", L"user", L"password", L"server", L"users", L"ca", L"pin", L"location", L"daemonhost"};
	for (size_t i = 0; i < LENGTH(names); i++)
		if (equal_ignoring_case(name, names[i]))
			return true;
	return false;
}

static bool read_line(struct options *o, wchar_t *line)
{
	wchar_t name[32], *equals = wcschr(line, L'=');
	size_t n;
	if (equals == NULL)
		return options_set(o, L"options", line, true);
	for (n = (size_t)(equals - line); n > 0 && line[n - 1] == L' '; n--)
		;
	if (copy_text(name, LENGTH(name), line, n) && is_option_name(name))
		return options_set(o, name, equals + 1, true);
	if (wcschr(line, L':') && wcschr(line, L':') < equals) /* the = is within the password */
		return options_set(o, L"options", line, true);
	return options_refuse(o, L"%s: there is no such option; see docs/use/installer.md", L"the options file");
}

/* optionsfile_text sets the options of a file's text, which it overwrites. Lines that begin with # are comments. */
bool optionsfile_text(struct options *o, wchar_t *text)
{
	bool any = false;
	while (*text) {
		wchar_t *end = text + wcscspn(text, L"\r\n"), last = *end;
		*end = 0;
		if (*text && *text != L'#') {
			if (!read_line(o, text))
				return false;
			any = true;
		}
		text = last ? end + 1 : end;
	}
	return any || options_refuse(o, L"%s holds nothing", L"the options file");
}

/* decode_text decodes bytes: UTF-16 with a byte order mark, else UTF-8. capacity is in characters. */
static bool decode_text(const unsigned char *b, DWORD n, wchar_t *to, int capacity)
{
	int written = 0;
	if (n >= 2 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff))) {
		bool big = b[0] == 0xfe;
		if (n % 2)
			return false;
		for (DWORD i = 2; i < n && written < capacity - 1; i += 2)
			to[written++] = (wchar_t)(big ? b[i] << 8 | b[i + 1] : b[i + 1] << 8 | b[i]);
	} else {
		DWORD mark = n >= 3 && b[0] == 0xef && b[1] == 0xbb && b[2] == 0xbf ? 3 : 0;
		if (n > mark)
			written = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, (const char *)b + mark, (int)(n - mark), to, capacity - 1);
	}
	to[written] = 0;
	return written > 0 && wmemchr(to, 0, (size_t)written) == NULL;
}

/* optionsfile_read sets the options of a file. It does not delete the file. */
bool optionsfile_read(struct options *o, const wchar_t *path)
{
	bool ok = false;
	DWORD n = 0;
	HANDLE heap = GetProcessHeap();
	unsigned char *bytes = HeapAlloc(heap, 0, FILE_LIMIT + 1);
	wchar_t *text = HeapAlloc(heap, 0, (FILE_LIMIT + 2) * sizeof *text);
	HANDLE f = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
	if (bytes == NULL || text == NULL)
		options_refuse(o, L"%s: out of memory", L"the options file");
	else if (f == INVALID_HANDLE_VALUE)
		options_refuse(o, L"%s cannot be opened", L"the options file");
	else if (!ReadFile(f, bytes, FILE_LIMIT + 1, &n, NULL) || n > FILE_LIMIT)
		options_refuse(o, L"%s cannot be read, or is larger than 64 KiB", L"the options file");
	else if (!decode_text(bytes, n, text, FILE_LIMIT + 2))
		options_refuse(o, L"%s is empty or no text: save it as UTF-8 or UTF-16", L"the options file");
	else
		ok = optionsfile_text(o, text);
	if (f != INVALID_HANDLE_VALUE)
		CloseHandle(f);
	if (bytes) {
		wipe(bytes, FILE_LIMIT + 1);
		HeapFree(heap, 0, bytes);
	}
	if (text) {
		wipe(text, (FILE_LIMIT + 2) * sizeof *text);
		HeapFree(heap, 0, text);
	}
	return ok;
}

/* optionsfile_destroy overwrites and deletes the file. A flash disk may keep the old blocks below the file system. */
void optionsfile_destroy(const wchar_t *path)
{
	static const char zeros[4096];
	LARGE_INTEGER size;
	DWORD written;
	HANDLE f = CreateFileW(path, GENERIC_WRITE, 0, NULL, OPEN_EXISTING, FILE_FLAG_WRITE_THROUGH | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
	if (f != INVALID_HANDLE_VALUE) {
		if (GetFileSizeEx(f, &size))
			for (LONGLONG left = size.QuadPart < FILE_LIMIT ? size.QuadPart : FILE_LIMIT; left > 0; left -= (LONGLONG)sizeof zeros)
				WriteFile(f, zeros, (DWORD)(left < (LONGLONG)sizeof zeros ? left : (LONGLONG)sizeof zeros), &written, NULL);
		FlushFileBuffers(f);
		CloseHandle(f);
	}
	if (DeleteFileW(path))
		log_line(L"the options file is deleted");
	else if (GetLastError() != ERROR_FILE_NOT_FOUND)
		log_line(L"WARNING: the options file cannot be deleted (error %lu); it holds a password: delete it", GetLastError());
}
