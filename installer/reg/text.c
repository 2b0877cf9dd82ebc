/* SPDX-License-Identifier: MIT */
#include "reg.h"

/* wipe overwrites memory; the compiler cannot remove the call. */
void wipe(void *p, size_t size)
{
	SecureZeroMemory(p, size);
}

/* copy_text copies length characters completely or not at all; size is the capacity in characters, with the end. */
bool copy_text(wchar_t *to, size_t size, const wchar_t *from, size_t length)
{
	if (length >= size)
		return false;
	memmove(to, from, length * sizeof *to);
	to[length] = 0;
	return true;
}

bool join_path(wchar_t *to, size_t size, const wchar_t *dir, const wchar_t *name)
{
	size_t n = wcslen(dir);
	while (n > 0 && dir[n - 1] == L'\\')
		n--;
	if (n + 1 >= size || !copy_text(to, size, dir, n))
		return false;
	to[n] = L'\\';
	return copy_text(to + n + 1, size - n - 1, name, wcslen(name));
}

bool to_utf8(char *to, size_t size, const wchar_t *from)
{
	return WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, from, -1, to, (int)size, NULL, NULL) > 0;
}

const wchar_t *base_name(const wchar_t *path)
{
	const wchar_t *base = path;
	for (; *path; path++)
		if (*path == L'\\' || *path == L'/')
			base = path + 1;
	return base;
}

/* ascii_lower gives the lower case of an ASCII letter. */
wchar_t ascii_lower(wchar_t c)
{
	return c >= L'A' && c <= L'Z' ? (wchar_t)(c + 32) : c;
}

bool equal_ignoring_case(const wchar_t *a, const wchar_t *b)
{
	for (; *a && ascii_lower(*a) == ascii_lower(*b); a++, b++)
		;
	return ascii_lower(*a) == ascii_lower(*b);
}
