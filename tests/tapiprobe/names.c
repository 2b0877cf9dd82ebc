/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <string.h>

#define E(n) {LINEERR_##n, "LINEERR_" #n},

static const struct {
	LONG value;
	const char *name;
} errors[] = {
	E(ALLOCATED) E(BADDEVICEID) E(BEARERMODEUNAVAIL) E(CALLUNAVAIL) E(COMPLETIONOVERRUN) E(CONFERENCEFULL) E(DIALBILLING) \
	E(DIALDIALTONE) E(DIALPROMPT) E(DIALQUIET) E(INCOMPATIBLEAPIVERSION) E(INCOMPATIBLEEXTVERSION) E(INIFILECORRUPT) E(INUSE) \
	E(INVALADDRESS) E(INVALADDRESSID) E(INVALADDRESSMODE) E(INVALADDRESSSTATE) E(INVALAPPHANDLE) E(INVALAPPNAME) E(INVALBEARERMODE) \
	E(INVALCALLCOMPLMODE) E(INVALCALLHANDLE) E(INVALCALLPARAMS) E(INVALCALLPRIVILEGE) E(INVALCALLSELECT) E(INVALCALLSTATE) \
	E(INVALCALLSTATELIST) E(INVALCARD) E(INVALCOMPLETIONID) E(INVALCONFCALLHANDLE) E(INVALCONSULTCALLHANDLE) E(INVALCOUNTRYCODE) \
	E(INVALDEVICECLASS) E(INVALDEVICEHANDLE) E(INVALDIALPARAMS) E(INVALDIGITLIST) E(INVALDIGITMODE) E(INVALDIGITS) \
	E(INVALEXTVERSION) E(INVALGROUPID) E(INVALLINEHANDLE) E(INVALLINESTATE) E(INVALLOCATION) E(INVALMEDIALIST) E(INVALMEDIAMODE) \
	E(INVALMESSAGEID) E(INVALPARAM) E(INVALPARKID) E(INVALPARKMODE) E(INVALPOINTER) E(INVALPRIVSELECT) E(INVALRATE) \
	E(INVALREQUESTMODE) E(INVALTERMINALID) E(INVALTERMINALMODE) E(INVALTIMEOUT) E(INVALTONE) E(INVALTONELIST) E(INVALTONEMODE) \
	E(INVALTRANSFERMODE) E(LINEMAPPERFAILED) E(NOCONFERENCE) E(NODEVICE) E(NODRIVER) E(NOMEM) E(NOREQUEST) E(NOTOWNER) \
	E(NOTREGISTERED) E(OPERATIONFAILED) E(OPERATIONUNAVAIL) E(RATEUNAVAIL) E(RESOURCEUNAVAIL) E(REQUESTOVERRUN) E(STRUCTURETOOSMALL) \
	E(TARGETNOTFOUND) E(TARGETSELF) E(UNINITIALIZED) E(USERUSERINFOTOOBIG) E(REINIT) E(ADDRESSBLOCKED) E(BILLINGREJECTED) \
	E(INVALFEATURE) E(NOMULTIPLEINSTANCE) E(INVALAGENTID) E(INVALAGENTGROUP) E(INVALPASSWORD) E(INVALAGENTSTATE) \
	E(INVALAGENTACTIVITY) E(DIALVOICEDETECT) E(USERCANCELLED) E(INVALADDRESSTYPE) E(INVALAGENTSESSIONSTATE) E(SERVICE_NOT_RUNNING)
};

static const struct {
	LONG value;
	const char *text;
} advice[] = {
	{LINEERR_NODRIVER, "a provider in the Telephony service's list cannot be loaded; look at the list with: tapiprobe list"},
	{LINEERR_INIFILECORRUPT, "the Telephony service's list of providers in the registry is damaged"},
	{LINEERR_OPERATIONFAILED, "if the Telephony service (TapiSrv) is stopped or disabled, start it"},
	{LINEERR_SERVICE_NOT_RUNNING, "start the Telephony service: sc start tapisrv"},
	{LINEERR_REINIT, "the Telephony service is about to restart; end other telephony programs, then try again"},
	{LINEERR_NODEVICE, "the line was removed, or its provider is not there"},
	{LINEERR_BADDEVICEID, "there is no such line; see: tapiprobe list"},
	{LINEERR_INCOMPATIBLEAPIVERSION, "the provider supports no version from 1.4 to 2.2"},
	{LINEERR_INVALMEDIAMODE, "the line does not carry this kind of call"},
	{LINEERR_NOTOWNER, "another program owns the call"},
	{LINEERR_INVALCALLSTATE, "the call is in a state in which that is not possible"},
	{LINEERR_INVALLINESTATE, "the line is out of service: is the provider logged in at its PBX?"},
	{LINEERR_OPERATIONUNAVAIL, "the provider cannot do that"},
	{LINEERR_ALLOCATED, "another program uses the line exclusively"},
};

static const struct {
	DWORD number;
	const char *name, *replay_name;
} messages[] = {
#define M(n) {n, #n, #n}
	M(LINE_ADDRESSSTATE), M(LINE_CALLINFO), M(LINE_CALLSTATE), M(LINE_CLOSE), M(LINE_DEVSPECIFIC), M(LINE_DEVSPECIFICFEATURE),
	M(LINE_GATHERDIGITS), M(LINE_GENERATE), M(LINE_LINEDEVSTATE), M(LINE_MONITORDIGITS), M(LINE_MONITORMEDIA), M(LINE_MONITORTONE),
	{LINE_REPLY, "LINE_REPLY", "ASYNC_COMPLETION"}, M(LINE_REQUEST), M(LINE_CREATE), M(LINE_AGENTSPECIFIC), M(LINE_AGENTSTATUS),
	{LINE_APPNEWCALL, "LINE_APPNEWCALL", "LINE_NEWCALL"}, M(LINE_PROXYREQUEST), M(LINE_REMOVE), {27, "LINE_AGENTSESSIONSTATUS", "LINE_AGENTSESSIONSTATUS"},
	{28, "LINE_QUEUESTATUS", "LINE_QUEUESTATUS"}, {29, "LINE_AGENTSTATUSEX", "LINE_AGENTSTATUSEX"}, {30, "LINE_GROUPSTATUS", "LINE_GROUPSTATUS"},
	{31, "LINE_PROXYSTATUS", "LINE_PROXYSTATUS"}, {32, "LINE_APPNEWCALLHUB", "LINE_APPNEWCALLHUB"}, {33, "LINE_CALLHUBCLOSE", "LINE_CALLHUBCLOSE"},
	{34, "LINE_DEVSPECIFICEX", "LINE_DEVSPECIFICEX"},
};

/* bit_words has the names of each family's bits, from bit 0 on; "-" for a bit without a name. */
static const char *const bit_words[] = {
	[CALL_INFO] = "OTHER DEVSPECIFIC BEARERMODE RATE MEDIAMODE APPSPECIFIC CALLID RELATEDCALLID ORIGIN REASON COMPLETIONID NUMOWNERINCR "
		"NUMOWNERDECR NUMMONITORS TRUNK CALLERID CALLEDID CONNECTEDID REDIRECTIONID REDIRECTINGID DISPLAY USERUSERINFO HIGHLEVELCOMP "
		"LOWLEVELCOMP CHARGINGINFO TERMINAL DIALPARAMS MONITORMODES TREATMENT QOS CALLDATA",
	[LINE_STATE] = "OTHER RINGING CONNECTED DISCONNECTED MSGWAITON MSGWAITOFF INSERVICE OUTOFSERVICE MAINTENANCE OPEN CLOSE NUMCALLS "
		"NUMCOMPLETIONS TERMINALS ROAMMODE BATTERY SIGNAL DEVSPECIFIC REINIT LOCK CAPSCHANGE CONFIGCHANGE TRANSLATECHANGE COMPLCANCEL REMOVED",
	[ADDRESS_STATE] = "OTHER DEVSPECIFIC INUSEZERO INUSEONE INUSEMANY NUMCALLS FORWARD TERMINALS CAPSCHANGE",
	[CALL_FEATURE] = "ACCEPT ADDTOCONF ANSWER BLINDTRANSFER COMPLETECALL COMPLETETRANSF DIAL DROP GATHERDIGITS GENERATEDIGITS GENERATETONE HOLD "
		"MONITORDIGITS MONITORMEDIA MONITORTONES PARK PREPAREADDCONF REDIRECT REMOVEFROMCONF SECURECALL SENDUSERUSER SETCALLPARAMS "
		"SETMEDIACONTROL SETTERMINAL SETUPCONF SETUPTRANSFER SWAPHOLD UNHOLD RELEASEUSERUSERINFO SETTREATMENT SETQOS SETCALLDATA",
	[CALL_ORIGIN] = "OUTBOUND INTERNAL EXTERNAL - UNKNOWN UNAVAIL CONFERENCE INBOUND",
	[CALL_REASON] = "DIRECT FWDBUSY FWDNOANSWER FWDUNCOND PICKUP UNPARK REDIRECT CALLCOMPLETION TRANSFER REMINDER UNKNOWN UNAVAIL INTRUDE PARKED "
		"CAMPEDON ROUTEREQUEST",
	[MEDIA_MODE] = "- UNKNOWN INTERACTIVEVOICE AUTOMATEDVOICE DATAMODEM G3FAX TDD G4FAX DIGITALDATA TELETEX VIDEOTEX TELEX MIXED ADSI VOICEVIEW VIDEO",
	[LINE_FEATURE] = "DEVSPECIFIC DEVSPECIFICFEAT FORWARD MAKECALL SETMEDIACONTROL SETTERMINAL SETDEVSTATUS FORWARDFWD FORWARDDND",
	[ADDRESS_FEATURE] = "FORWARD MAKECALL PICKUP SETMEDIACONTROL SETTERMINAL SETUPCONF UNCOMPLETECALL UNPARK PICKUPHELD PICKUPGROUP PICKUPDIRECT "
		"PICKUPWAITING FORWARDFWD FORWARDDND",
	[CALL_STATE] = "IDLE OFFERING ACCEPTED DIALTONE DIALING RINGBACK BUSY SPECIALINFO CONNECTED PROCEEDING ONHOLD CONFERENCED ONHOLDPENDCONF "
		"ONHOLDPENDTRANSFER DISCONNECTED UNKNOWN",
	[PRIVILEGE] = "NONE MONITOR OWNER",
	[PARTY_FLAGS] = "BLOCKED OUTOFAREA NAME ADDRESS PARTIAL UNKNOWN UNAVAIL",
	[DEVICE_STATUS] = "CONNECTED MSGWAIT INSERVICE LOCKED",
};

static const struct {
	DWORD state;
	const char *words;
} modes[] = {
	{LINECALLSTATE_OFFERING, "ACTIVE INACTIVE"},
	{LINECALLSTATE_DIALTONE, "NORMAL SPECIAL INTERNAL EXTERNAL UNKNOWN UNAVAIL"},
	{LINECALLSTATE_BUSY, "STATION TRUNK UNKNOWN UNAVAIL"},
	{LINECALLSTATE_SPECIALINFO, "NOCIRCUIT CUSTIRREG REORDER UNKNOWN UNAVAIL"},
	{LINECALLSTATE_CONNECTED, "ACTIVE INACTIVE ACTIVEHELD INACTIVEHELD CONFIRMED"},
	{LINECALLSTATE_DISCONNECTED, "NORMAL UNKNOWN REJECT PICKUP FORWARDED BUSY NOANSWER BADADDRESS UNREACHABLE CONGESTION INCOMPATIBLE UNAVAIL "
		"NODIALTONE NUMBERCHANGED OUTOFORDER TEMPFAILURE QOSUNAVAIL BLOCKED DONOTDISTURB CANCELLED"},
};

const char *error_name(LONG err)
{
	static char other[16];

	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (errors[i].value == err)
			return errors[i].name;
	snprintf(other, sizeof other, "0x%08lx", (DWORD)err);
	return other;
}

const char *error_advice(LONG err)
{
	for (size_t i = 0; i < sizeof advice / sizeof *advice; i++)
		if (advice[i].value == err)
			return advice[i].text;
	return "";
}

static const char *message_text(DWORD message, int replay_name)
{
	static char other[24];

	for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
		if (messages[i].number == message)
			return replay_name ? messages[i].replay_name : messages[i].name;
	snprintf(other, sizeof other, "LINE_%lu", message);
	return other;
}

const char *message_name(DWORD message) { return message_text(message, 1); }

const char *message_tapi_name(DWORD message) { return message_text(message, 0); }

DWORD message_number(const char *name)
{
	for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
		if (strcmp(messages[i].name, name) == 0 || strcmp(messages[i].replay_name, name) == 0)
			return messages[i].number;
	return ~0u;
}

/* word_at copies the n-th word; 0 when there is none. */
static int word_at(const char *words, int n, char *out, size_t size)
{
	size_t len;

	while (words && n-- > 0)
		words = (words = strchr(words, ' ')) ? words + 1 : NULL;
	if (!words)
		return 0;
	len = strcspn(words, " ");
	snprintf(out, size, "%.*s", (int)len, words);
	return strcmp(out, "-") != 0;
}

static void write_bit_names(const char *words, DWORD bits, char between, char *out, size_t size)
{
	size_t n = 0;

	out[0] = 0;
	for (int i = 0; i < 32 && n < size; i++) {
		char word[32];
		if (!(bits >> i & 1))
			continue;
		if (!word_at(words, i, word, sizeof word))
			snprintf(word, sizeof word, "0x%lx", 1ul << i);
		if (n && n + 1 < size)
			out[n++] = between;
		n += (size_t)snprintf(out + n, size - n, "%s", word);
	}
}

void bit_names(enum family f, DWORD bits, char between, char *out, size_t size) { write_bit_names(bit_words[f], bits, between, out, size); }

const char *state_name(DWORD state)
{
	static char out[400];

	write_bit_names(bit_words[CALL_STATE], state & 0xFFFFFF, '|', out, sizeof out); /* TAPI reserves the high byte for device-specific states */
	return state ? out : "0";
}

const char *mode_name(DWORD state, DWORD mode)
{
	static char out[400];

	out[0] = 0;
	for (size_t i = 0; i < sizeof modes / sizeof *modes && mode; i++)
		if (modes[i].state == state)
			write_bit_names(modes[i].words, mode, '|', out, sizeof out);
	if (mode && !out[0])
		snprintf(out, sizeof out, "0x%lx", mode);
	return out;
}
