/* SPDX-License-Identifier: MIT */
#include "reg.h"

typedef LONG(WINAPI *addprovider)(LPCWSTR, HWND, DWORD *);
typedef LONG(WINAPI *removeprovider)(DWORD, HWND);
typedef LONG(CALLBACK *dialogcallback)(DWORD_PTR, DWORD, void *, DWORD);
typedef LONG(WINAPI *providerconfig)(dialogcallback, HWND, DWORD);

#define OPERATION_UNAVAILABLE ((LONG)0x80000049)
#define CALL_LIMIT_MS 60000 /* ms: tapi32 starts the Telephony service, which loads every provider */

static FARPROC find_function(const wchar_t *library, const char *name)
{
	wchar_t path[PATH_LENGTH];
	HMODULE m = system_file(path, LENGTH(path), library) ? LoadLibraryW(path) : NULL;
	return m ? GetProcAddress(m, name) : NULL;
}

/* tapi_call is one call of tapi32. It runs on a thread of its own, since tapi32 has no timeout. */
struct tapi_call {
	bool add;
	DWORD id;
	LONG result;
};

static DWORD WINAPI call_tapi(void *context)
{
	struct tapi_call *r = context;
	FARPROC f = find_function(L"tapi32.dll", r->add ? "lineAddProviderW" : "lineRemoveProvider");
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

/* call_tapi_with_limit calls tapi32 and waits. A call that never returns keeps its thread and memory until the process ends. */
static LONG call_tapi_with_limit(bool add, DWORD id)
{
	struct tapi_call *r = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *r);
	if (r == NULL)
		return OPERATION_UNAVAILABLE;
	r->add = add, r->id = id, r->result = OPERATION_UNAVAILABLE;
	SetEnvironmentVariableW(L"OFFHOOK_SETUP_QUIET", L"1"); /* tapi32 loads offhook's dialogs here; they must not open */
	HANDLE thread = CreateThread(NULL, 0, call_tapi, r, 0, NULL);
	if (thread == NULL || WaitForSingleObject(thread, CALL_LIMIT_MS) != WAIT_OBJECT_0) {
		log_line(L"tapi32 did not answer within %d seconds", CALL_LIMIT_MS / 1000);
		return OPERATION_UNAVAILABLE;
	}
	LONG result = r->result;
	CloseHandle(thread);
	HeapFree(GetProcessHeap(), 0, r);
	return result;
}

/* change_list_directly changes the list in the registry while the Telephony service is stopped. */
static bool change_list_directly(bool (*change)(const wchar_t *))
{
	struct stopped_services stopped = {0};
	if (service_state(L"TapiSrv") == SERVICE_ABSENT)
		log_line(L"this machine has no Telephony service; its list of providers is written directly");
	else
		log_line(L"the list of providers is written directly while the Telephony service is stopped");
	bool ok = service_stop(L"TapiSrv", &stopped) && change(PROVIDER_FILE);
	return services_start(&stopped) && ok;
}

/* provider_add registers offhook.tsp, with lineAddProvider if that works. A provider on the list stays as it is. */
bool provider_add(void)
{
	DWORD id = 0;
	if (provider_list_find(PROVIDER_FILE, &id)) {
		log_line(L"the provider is registered already, as number %lu", id);
		return true;
	}
	LONG e = call_tapi_with_limit(true, 0);
	if (e != 0) {
		log_line(L"lineAddProvider answered 0x%08lX", (unsigned long)e);
		if (!provider_list_find(PROVIDER_FILE, NULL) && !change_list_directly(provider_list_add))
			return false;
	}
	if (!provider_list_find(PROVIDER_FILE, &id))
		return false;
	log_line(L"the provider is registered, as number %lu", id);
	return true;
}

/* provider_remove removes the provider from the list, with lineRemoveProvider if that works. */
bool provider_remove(void)
{
	DWORD id = 0;
	if (!provider_list_find(PROVIDER_FILE, &id))
		return true;
	LONG e = call_tapi_with_limit(false, id);
	if (e != 0)
		log_line(L"lineRemoveProvider answered 0x%08lX", (unsigned long)e);
	return !provider_list_find(PROVIDER_FILE, NULL) || (change_list_directly(provider_list_remove) && !provider_list_find(PROVIDER_FILE, NULL));
}

/* refuse_callback refuses the dialog's calls to the provider, since this program is not the Telephony service. */
static LONG CALLBACK refuse_callback(DWORD_PTR object, DWORD type, void *buffer, DWORD size)
{
	(void)object, (void)type, (void)buffer, (void)size;
	return OPERATION_UNAVAILABLE;
}

/* provider_dialog opens the dialog "Credentials" and returns its result. */
LONG provider_dialog(void)
{
	DWORD id = 0;
	providerconfig config;
	FARPROC f = find_function(L"offhookui.dll", "TUISPI_providerConfig");
	if (f == NULL)
		return OPERATION_UNAVAILABLE;
	provider_list_find(PROVIDER_FILE, &id);
	memcpy(&config, &f, sizeof f);
	return config(refuse_callback, GetForegroundWindow(), id);
}
