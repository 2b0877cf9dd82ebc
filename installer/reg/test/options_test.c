/* SPDX-License-Identifier: MIT */
/* options_test DIRECTORY tests the option parser with a table of command lines, a table of options files, and random lines. The
 * options lie at the end of a page with an unreadable page behind it, so that a write beyond them fails at once. */
#include "reg.h"
#include <stdio.h>
#include <string.h>

static unsigned failures, checks;
static struct options *o;

static void allocate_at_page_end(void)
{
	SYSTEM_INFO info;
	GetSystemInfo(&info);
	size_t page = info.dwPageSize, capacity = (sizeof *o + page - 1) / page * page;
	char *all = VirtualAlloc(NULL, capacity + page, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
	DWORD old;
	VirtualProtect(all + capacity, page, PAGE_NOACCESS, &old);
	o = (struct options *)(void *)(all + capacity - sizeof *o);
}

static void expect(bool good, const char *what, const wchar_t *line)
{
	checks++;
	if (good)
		return;
	failures++;
	printf("FAILED %s: %ls\n  error %ls, user %ls, password %s, server %ls\n", what, line, o->error, o->user, o->password, o->server);
}

/* parse reads the setup's command line as offhookreg does. */
static bool parse(const wchar_t *line)
{
	memset(o, 0, sizeof *o);
	return options_parse(o, line) && options_check(o);
}

#define SETUP L"setup.exe "
#define LOGIN SETUP L"/S /options=ilund:geheim:pbx "

static void expect_accepted(const wchar_t *line, const wchar_t *user, const char *password, const wchar_t *server)
{
	expect(parse(line), "refused", line);
	expect(wcscmp(o->user, user) == 0, "user", line);
	expect(strcmp(o->password, password) == 0, "password", line);
	expect(wcscmp(o->server, server) == 0, "server", line);
}

static void test_logins(void)
{
	expect_accepted(SETUP L"/S /options=ilund:geheim:pbx.example.com", L"ilund", "geheim", L"pbx.example.com");
	expect(o->silent && o->login && !o->debug && !o->purge, "flags", L"");
	expect_accepted(SETUP L"/S /options=ilund@branch:geheim:pbx", L"ilund@branch", "geheim", L"pbx");
	expect_accepted(SETUP L"/OPTIONS=ilund:geheim:[2001.db8]", L"ilund", "geheim", L"[2001.db8]");
	expect_accepted(L"\"C:\\down load\\setup.exe\" \"/options=ilund:my secret:pbx\" /S", L"ilund", "my secret", L"pbx");
	expect_accepted(SETUP L"/options=\"ilund:my secret:pbx\"", L"ilund", "my secret", L"pbx");
	expect_accepted(SETUP L"\"/options=ilund:a\\\"b:pbx\"", L"ilund", "a\"b", L"pbx");
	expect_accepted(SETUP L"/options=ilund:a=b/S%TEMP%^&:pbx", L"ilund", "a=b/S%TEMP%^&", L"pbx");
	expect_accepted(SETUP L"/options=\x00f6rn:gr\x00fc\x00df\x20ac:pbx", L"\x00f6rn", "gr\xc3\xbc\xc3\x9f\xe2\x82\xac", L"pbx");
	expect_accepted(SETUP L"/options=ilund:\xd83d\xde00:pbx", L"ilund", "\xf0\x9f\x98\x80", L"pbx");
	expect_accepted(SETUP L"/NCRC /S /debug /options=ilund:x:pbx /D=C:\\Program Files\\tele phone", L"ilund", "x", L"pbx");
	expect(o->debug && wcscmp(o->dir, L"C:\\Program Files\\tele phone") == 0, "directory", o->dir);
	expect_accepted(L"\"C:\\p\\uninstall.exe\" /S /purge _?=C:\\a b", L"", "", L"");
	expect(o->purge && !o->login, "uninstaller", L"");
	expect_accepted(L"uninstall.exe \"_?=C:\\a b\" /S", L"", "", L"");
	expect_accepted(L"setup.exe", L"", "", L"");
	expect(!o->silent, "not silent", L"");
	expect_accepted(L"", L"", "", L"");
}

static void test_other_options(void)
{
	expect_accepted(LOGIN L"/users=a,b,c /ca=C:\\ca.pem /pin=sha256:q1uDuT2sY3Xy0c2nXzVwUjT1hL8mB5oPz4eKfG7iRsA= /location=DE,711 /log=C:\\x.log", L"ilund", "geheim", L"pbx");
	expect(wcscmp(o->users, L"a,b,c") == 0 && wcscmp(o->ca, L"C:\\ca.pem") == 0 && wcscmp(o->log, L"C:\\x.log") == 0, "values", L"");
	expect(wcsncmp(o->pin, L"sha256:q1", 9) == 0, "pin", o->pin);
	expect(o->location && o->country == 49 && wcscmp(o->area, L"711") == 0, "location", o->area);
	expect_accepted(LOGIN L"/pin=sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", L"ilund", "geheim", L"pbx");
	expect_accepted(SETUP L"/location=at", L"", "", L"");
	expect(o->country == 43 && !*o->area, "country alone", o->area);
	expect_accepted(SETUP L"/location=39,06", L"", "", L"");
	expect(o->country == 39 && wcscmp(o->area, L"06") == 0, "Italy keeps its 0", o->area);
	expect_accepted(SETUP L"/daemonhost=srv-1.example.com /S", L"", "", L"");
	expect_accepted(SETUP L"/optionsfile=\"C:\\my options.txt\" /S", L"", "", L"");
	expect(wcscmp(o->file, L"C:\\my options.txt") == 0, "options file", o->file);
}

/* test_refusals checks that lines are refused with a reason that names the option and repeats no value. */
static void test_refusals(void)
{
	static wchar_t longer[40000];
	static const struct {
		const wchar_t *line, *why;
	} table[] = {
		{SETUP L"/options", L"no such option"},
		{SETUP L"/options=", L"user[@instance]:password:server"},
		{SETUP L"/options=ilund", L"user[@instance]:password:server"},
		{SETUP L"/options=ilund:zwoelf", L"user[@instance]:password:server"},
		{SETUP L"/options=ilund:zwoelf:a:b", L"/optionsfile"},
		{SETUP L"/options=:zwoelf:pbx", L"user"},
		{SETUP L"/options=ilund::pbx", L"password"},
		{SETUP L"/options=ilund:zwoelf:", L"server"},
		{SETUP L"/options=::", L"user"},
		{SETUP L"/options=ilund:zwoelf:p b", L"begin with a slash"},
		{SETUP L"\"/options=ilund:zwoelf:p b\"", L"no host name"},
		{SETUP L"/options=ilund:zwoelf:pbx/x", L"no host name"},
		{SETUP L"/options=ilund:zwo\telf:pbx", L"user[@instance]:password:server"},
		{SETUP L"\"/options=ilund:zwo\telf:pbx\"", L"password"},
		{SETUP L"\"/options=ilund:zwo\nelf:pbx\"", L"password"},
		{SETUP L"\"/options=il\x7fund:zwoelf:pbx\"", L"control"},
		{SETUP L"/options=ilund:zwoelf\xd800:pbx", L"password"},
		{SETUP L"/options=a:zwoelf:b /options=a:zwoelf:b", L"twice"},
		{SETUP L"/options=a:zwoelf:b /optionsfile=x", L"not both"},
		{SETUP L"/S zwoelf", L"begin with a slash"},
		{SETUP L"-S", L"begin with a slash"},
		{SETUP L"/s", L"no such option"},
		{SETUP L"/zwoelf=1", L"no such option"},
		{SETUP L"/=zwoelf", L"no such option"},
		{SETUP L"/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=zwoelf", L"no such option"},
		{SETUP L"/password=zwoelf", L"no such option"},
		{SETUP L"/user=zwoelf", L"no such option"},
		{LOGIN L"/users=", L"missing"},
		{LOGIN L"/users=a /users=b", L"twice"},
		{LOGIN L"\"/users=a\\\"b\"", L"commas"},
		{LOGIN L"/users=host=evil", L"commas"},
		{LOGIN L"/pin=md5:zwoelf", L"sha256"},
		{LOGIN L"/pin=sha256:zwoelf", L"sha256"},
		{LOGIN L"\"/pin=sha256:q1uDuT2sY3Xy0c2nXzVwUjT1hL8mB5oPz4eKfG7iRs\\\"=\"", L"sha256"},
		{LOGIN L"/ca=", L"missing"},
		{LOGIN L"/location=", L"two letters"},
		{LOGIN L"/location=XX,711", L"two letters"},
		{LOGIN L"/location=DE,0711", L"without its leading 0"},
		{LOGIN L"/location=DE,7x", L"digits"},
		{LOGIN L"/location=DE,12345678901234567890", L"digits"},
		{LOGIN L"/location=0", L"two letters"},
		{LOGIN L"/location=DE /location=DE", L"twice"},
		{LOGIN L"/daemonhost=srv", L"that host"},
		{SETUP L"/daemonhost=srv /users=a", L"that host"},
		{SETUP L"/daemonhost=\\\\srv\\pipe", L"no host name"},
		{SETUP L"/daemonhost=", L"missing"},
		{SETUP L"/users=a", L"need /options"},
		{SETUP L"/pin=sha256:q1uDuT2sY3Xy0c2nXzVwUjT1hL8mB5oPz4eKfG7iRsA=", L"need /options"},
		{SETUP L"/ca=x", L"need /options"},
		{SETUP L"\"/options=a:zwoelf /D=x:pbx\"", L"user[@instance]"}, /* NSIS cuts the line here, too */
	};
	for (size_t i = 0; i < LENGTH(table); i++) {
		expect(!parse(table[i].line), "taken", table[i].line);
		expect(wcsstr(o->error, table[i].why) != NULL, "reason", table[i].line);
		expect(wcsstr(o->error, L"zwoelf") == NULL, "the reason repeats a value", table[i].line);
	}
	static const wchar_t *const before[] = {LOGIN L"/users=", LOGIN L"/ca=", LOGIN L"/pin=", LOGIN L"/log=", SETUP L"/daemonhost=", SETUP L"/optionsfile=",
		SETUP L"/options=u:p:", SETUP L"/options=u:", SETUP L"/options=", SETUP L"/D=", SETUP L"/location=", SETUP L"/", SETUP L""};
	for (size_t i = 0; i < LENGTH(before); i++) {
		size_t n = wcslen(before[i]);
		wcscpy(longer, before[i]);
		wmemset(longer + n, L'a', 36000);
		wcscpy(longer + n + 36000, wcsstr(before[i], L"u:p:") ? L"" : L":p:s");
		expect(!parse(longer), "too long", before[i]);
	}
}

/* parse_file_text reads an options file's content as offhookreg does. */
static bool parse_file_text(const wchar_t *content)
{
	static wchar_t text[2048];
	memset(o, 0, sizeof *o);
	wcscpy(text, content);
	return optionsfile_text(o, text) && options_check(o);
}

static void test_file_lines(void)
{
	static const struct {
		const wchar_t *text, *user, *server;
		const char *password;
	} good[] = {
		{L"ilund@branch:a:b:c::pbx\r\n", L"ilund@branch", L"pbx", "a:b:c:"},
		{L"ilund:a=b:pbx", L"ilund", L"pbx", "a=b"},
		{L"options=ilund: spaces :pbx\n", L"ilund", L"pbx", " spaces "},
		{L"# the office\r\n\r\nuser=ilund\r\npassword=#a:b=c \"q\"\r\nserver=pbx\r\nusers=a,b\r\nlocation=DE,711\r\n", L"ilund", L"pbx", "#a:b=c \"q\""},
		{L"USER =ilund\rPassword=x\rSERVER=pbx", L"ilund", L"pbx", "x"},
	};
	static const wchar_t *const bad[] = {L"", L"# nothing\n", L"ilund", L"ilund:x", L"user=ilund\n", L"user=ilund\npassword=x\n", L"password=zwoelf\nserver=pbx",
		L"wrong=zwoelf", L"=zwoelf", L"log=x", L"optionsfile=y", L"debug=1", L"user=a\nuser=b\npassword=x\nserver=s", L"a:zwoelf:b\na:zwoelf:b",
		L"user=a\npassword=zwoelf\x01\nserver=b", L"daemonhost=srv\na:zwoelf:b"};
	for (size_t i = 0; i < LENGTH(good); i++) {
		expect(parse_file_text(good[i].text), "file refused", good[i].text);
		expect(wcscmp(o->user, good[i].user) == 0 && strcmp(o->password, good[i].password) == 0 && wcscmp(o->server, good[i].server) == 0, "file", good[i].text);
	}
	for (size_t i = 0; i < LENGTH(bad); i++) {
		expect(!parse_file_text(bad[i]), "file taken", bad[i]);
		expect(*o->error && wcsstr(o->error, L"zwoelf") == NULL, "file's reason", bad[i]);
	}
}

/* parse_file_bytes writes a file and reads it back as options. */
static bool parse_file_bytes(const wchar_t *path, const void *bytes, DWORD n)
{
	DWORD written;
	HANDLE f = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
	WriteFile(f, bytes, n, &written, NULL);
	CloseHandle(f);
	memset(o, 0, sizeof *o);
	return optionsfile_read(o, path) && options_check(o);
}

static void test_file_encodings(const wchar_t *dir)
{
	static char big[64 * 1024 + 1];
	wchar_t path[PATH_LENGTH];
	join_path(path, LENGTH(path), dir, L"options.txt");
#define BYTES(text) text, sizeof(text) - 1
	expect(parse_file_bytes(path, BYTES("ilund:gr\xc3\xbc\xc3\x9f:pbx")) && strcmp(o->password, "gr\xc3\xbc\xc3\x9f") == 0, "UTF-8", path);
	expect(parse_file_bytes(path, BYTES("\xef\xbb\xbfilund:x:pbx")) && wcscmp(o->user, L"ilund") == 0, "UTF-8 with its mark", path);
	expect(parse_file_bytes(path, BYTES("\xff\xfei\0:\0\xfc\0:\0p\0")) && strcmp(o->password, "\xc3\xbc") == 0, "UTF-16", path);
	expect(parse_file_bytes(path, BYTES("\xfe\xff\0i\0:\0\xfc\0:\0p")) && strcmp(o->password, "\xc3\xbc") == 0, "UTF-16, the other way round", path);
	expect(!parse_file_bytes(path, BYTES("ilund:gr\xfc:pbx")), "Windows-1252 could be anything", path);
	expect(!parse_file_bytes(path, BYTES("ilund:x\0y:pbx")), "a zero", path);
	expect(!parse_file_bytes(path, BYTES("\xff\xfei")), "half a character", path);
	expect(!parse_file_bytes(path, BYTES("\xff\xfe")) && !parse_file_bytes(path, BYTES("\xef\xbb\xbf")) && !parse_file_bytes(path, "", 0), "empty", path);
	memset(big, '#', sizeof big);
	expect(!parse_file_bytes(path, big, sizeof big), "too large", path);
	memcpy(big, "i:x:p\n", 6);
	expect(parse_file_bytes(path, big, sizeof big - 1), "just fits", path);
	optionsfile_destroy(path);
	expect(GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES && !optionsfile_read(o, path), "deleted", path);
	optionsfile_destroy(path);
}

static unsigned random_state = 1;

static unsigned random_below(unsigned below)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % below;
}

/* test_random_lines combines pieces and single characters in any order; the parser must return a reason, or options that keep its
 * rules. */
static void test_random_lines(unsigned count)
{
	static const wchar_t *const pieces[] = {L"/options=", L"/users=", L"/ca=", L"/pin=sha256:", L"/location=", L"/daemonhost=", L"/log=", L"/optionsfile=", L" /D=",
		L" _?=", L"/S", L"/debug", L" ", L":", L"\"", L"\\", L"=", L",", L"@", L"a:b:c", L"\xd800", L"\x7f", L"\t", L"DE,711", L"'", L"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	wchar_t line[1024];
	for (; count > 0; count--) {
		wcscpy(line, L"s ");
		for (unsigned n = random_below(24); n > 0; n--) {
			const wchar_t *piece = pieces[random_below(LENGTH(pieces))];
			wchar_t one[2] = {(wchar_t)(1 + random_below(0xffff)), 0};
			wcscat(line, random_below(8) ? piece : one);
		}
		if (!parse(line))
			expect(*o->error != 0, "no reason", line);
		else
			expect(o->login == (o->user[0] != 0) && o->login == (o->server[0] != 0) && !wcschr(o->users, L'"') && !wcschr(o->server, L'"'), "inconsistent", line);
		expect(wmemchr(o->error, 0, LENGTH(o->error)) && memchr(o->password, 0, sizeof o->password), "no end", line);
	}
}

int wmain(int count, wchar_t **words)
{
	if (count != 2)
		return 2;
	allocate_at_page_end();
	test_logins();
	test_other_options();
	test_refusals();
	test_file_lines();
	test_file_encodings(words[1]);
	test_random_lines(50000);
	printf("%u checks, %u failures\n", checks, failures);
	return failures ? 1 : 0;
}
