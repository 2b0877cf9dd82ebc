#include "reg.h"

typedef LONG(WINAPI *addprovider)(LPCWSTR, HWND, DWORD *);
typedef LONG(WINAPI *removeprovider)(DWORD, HWND);
typedef LONG(CALLBACK *dialogcallback)(DWORD_PTR, DWORD, void *, DWORD);
typedef LONG(WINAPI *providerconfig)(dialogcallback, HWND, DWORD);

#define OPERATION_UNAVAILABLE ((LONG)0x80000049)
#define CALL_LIMIT 60000 /* ms: tapi32 starts the Telephony service, which loads every provider */

static FARPROC from_library(const wchar_t *library, const char *name)
{
	wchar_t path[PATH_LENGTH];
	HMODULE m = system_file(path, LENGTH(path), library) ? LoadLibraryW(path) : NULL;
	return m ? GetProcAddress(m, name) : NULL;
}

/* request is one call of tapi32. It runs on a thread of its own, since nothing bounds it otherwise. */
struct request {
	bool add;
	DWORD id;
	LONG result;
};

static DWORD WINAPI ask_tapi(void *context)
{
	struct request *r = context;
	FARPROC f = from_library(L"tapi32.dll", r->add ? "lineAddProviderW" : "lineRemoveProvider");
	addprovider add;
	removeprovider remove;
	if (f && r->add) {
		memcpy(&add, &f, sizeof f);
		r->result = add(PROVIDER_FILE, NULL, &r->id);
	} else if (f) {
		memcpy(&remove, &f, sizeof f);
		r->result = remove(r->id, NULL);
	}
	return 0;
}

/* tapi calls and waits. A call that never returns keeps its request and its thread until the process ends. */
static LONG tapi(bool add, DWORD id)
{
	struct request *r = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *r);
	if (r == NULL)
		return OPERATION_UNAVAILABLE;
	r->add = add, r->id = id, r->result = OPERATION_UNAVAILABLE;
	SetEnvironmentVariableW(L"OFFHOOK_SETUP_QUIET", L"1"); /* our own dialogs, which tapi32 loads here, stay silent */
	HANDLE thread = CreateThread(NULL, 0, ask_tapi, r, 0, NULL);
	if (thread == NULL || WaitForSingleObject(thread, CALL_LIMIT) != WAIT_OBJECT_0) {
		log_line(L"tapi32 did not answer within %d seconds", CALL_LIMIT / 1000);
		return OPERATION_UNAVAILABLE;
	}
	LONG result = r->result;
	CloseHandle(thread);
	HeapFree(GetProcessHeap(), 0, r);
	return result;
}

/* without_telephony changes the list by hand, while the Telephony service does not look. */
static bool without_telephony(bool (*change)(const wchar_t *))
{
	struct stopped stopped = {0};
	if (service_state(L"TapiSrv") == SERVICE_ABSENT)
		log_line(L"this machine has no Telephony service; its list of providers is written directly");
	else
		log_line(L"the list of providers is written directly while the Telephony service is stopped");
	bool ok = service_stop(L"TapiSrv", &stopped) && change(PROVIDER_FILE);
	return services_start(&stopped) && ok;
}

/* provider_add registers offhook.tsp, by lineAddProvider if that works. A provider that is listed stays as it is. */
bool provider_add(void)
{
	DWORD id = 0;
	if (list_find(PROVIDER_FILE, &id)) {
		log_line(L"the provider is registered already, as number %lu", id);
		return true;
	}
	LONG e = tapi(true, 0);
	if (e != 0) {
		log_line(L"lineAddProvider answered 0x%08lX", (unsigned long)e);
		if (!list_find(PROVIDER_FILE, NULL) && !without_telephony(list_add))
			return false;
	}
	if (!list_find(PROVIDER_FILE, &id))
		return false;
	log_line(L"the provider is registered, as number %lu", id);
	return true;
}

/* provider_remove takes the registration away, by lineRemoveProvider if that works. */
bool provider_remove(void)
{
	DWORD id = 0;
	if (!list_find(PROVIDER_FILE, &id))
		return true;
	LONG e = tapi(false, id);
	if (e != 0)
		log_line(L"lineRemoveProvider answered 0x%08lX", (unsigned long)e);
	return !list_find(PROVIDER_FILE, NULL) || (without_telephony(list_remove) && !list_find(PROVIDER_FILE, NULL));
}

/* no_service answers the dialog when it asks the provider: here no Telephony service stands behind it. */
static LONG CALLBACK no_service(DWORD_PTR object, DWORD type, void *buffer, DWORD size)
{
	(void)object, (void)type, (void)buffer, (void)size;
	return OPERATION_UNAVAILABLE;
}

/* provider_dialog opens the dialog Credentials and returns what it answers. */
LONG provider_dialog(void)
{
	DWORD id = 0;
	providerconfig config;
	FARPROC f = from_library(L"offhookui.dll", "TUISPI_providerConfig");
	if (f == NULL)
		return OPERATION_UNAVAILABLE;
	list_find(PROVIDER_FILE, &id);
	memcpy(&config, &f, sizeof f);
	return config(no_service, GetForegroundWindow(), id);
}
