#include "reg.h"

/* wipe overwrites what the optimiser must not find superfluous. */
void wipe(void *p, size_t size)
{
	SecureZeroMemory(p, size);
}

/* copy_text copies length characters whole or not at all; size is the room in characters, the end included. */
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

/* lower is for names that are ASCII. */
wchar_t lower(wchar_t c)
{
	return c >= L'A' && c <= L'Z' ? (wchar_t)(c + 32) : c;
}

bool same(const wchar_t *a, const wchar_t *b)
{
	for (; *a && lower(*a) == lower(*b); a++, b++)
		;
	return lower(*a) == lower(*b);
}
