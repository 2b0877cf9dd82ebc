; The setup of offhook. What it does is done by offhookreg.exe (reg/); this script asks, shows and carries the files.
; nsis.sh runs makensis with -DTARGET=x86|amd64 -DVERSION=… -DNUMBERS=1.2.3.0 -DFROM=FILES -DOUT=FILE
; -DCERTIFICATE=DIR [-DRELEASE] [-DTEST_BUILD] [-DPROBE] [-DQUICK] [-DSPEAKS=LCID]

Target ${TARGET}-unicode
!ifdef RELEASE & TEST_BUILD
	!error "this NSIS may not make releases"
!endif
!ifdef TEST_BUILD
	!define SHOWN "${VERSION} (TEST BUILD)"
!else
	!define SHOWN "${VERSION}"
!endif

Name "offhook ${SHOWN}"
BrandingText "offhook ${SHOWN}"
OutFile "${OUT}"
!ifdef QUICK
	SetCompress off
!else
	SetCompressor /SOLID lzma
!endif
RequestExecutionLevel admin
ManifestSupportedOS all
ManifestDPIAware true
CRCCheck on
ShowInstDetails show
ShowUninstDetails show
!uninstfinalize './sign.sh sign "${CERTIFICATE}" "%1"' = 0

VIProductVersion "${NUMBERS}"
VIAddVersionKey "ProductName" "offhook"
VIAddVersionKey "CompanyName" "offhook"
VIAddVersionKey "FileDescription" "offhook setup"
VIAddVersionKey "FileVersion" "${SHOWN}"
VIAddVersionKey "ProductVersion" "${SHOWN}"
VIAddVersionKey "LegalCopyright" "see licences.txt"

!include MUI2.nsh
!include x64.nsh
!include LogicLib.nsh
!include nsDialogs.nsh
!include strings.nsh

Var Started  ; the directory the setup was started in, which names of files are relative to
Var Choices  ; what the command line decided: 1 debug, 2 an account, 4 another machine's daemon
Var Flavour  ; /debug, or nothing
Var Debug    ; the page's button
Var Programs ; that use telephony now
Var Code     ; the exit code

!define MUI_ICON "${NSISDIR}/Contrib/Graphics/Icons/nsis3-install.ico"
!define MUI_UNICON "${NSISDIR}/Contrib/Graphics/Icons/nsis3-uninstall.ico"
!define MUI_WELCOMEFINISHPAGE_BITMAP "${NSISDIR}/Contrib/Graphics/Wizard/nsis3-metro.bmp"
!define MUI_ABORTWARNING
!define MUI_CUSTOMFUNCTION_ABORT cancelled
!define MUI_FINISHPAGE_NOAUTOCLOSE
!define MUI_FINISHPAGE_RUN
!define MUI_FINISHPAGE_RUN_TEXT "$(RUN_CREDENTIALS)"
!define MUI_FINISHPAGE_RUN_FUNCTION credentials

!insertmacro MUI_PAGE_LICENSE licence.txt
Page custom flavour_page flavour_left
Page custom programs_page
!insertmacro MUI_PAGE_INSTFILES
!define MUI_PAGE_CUSTOMFUNCTION_SHOW finish_shown
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE English
!insertmacro MUI_LANGUAGE German
!insertmacro STRINGS

; HAND: offhookreg.exe of this Windows' own bitness goes to the setup's directory of temporary files, and gets the command line
; in a variable of the environment, which neither audit logs nor lists of processes show; it forgets it when it has read it.
!macro HAND
	InitPluginsDir
	${If} ${IsNativeAMD64}
		File /oname=$PLUGINSDIR\offhookreg.exe "${FROM}/x64/offhookreg.exe"
	${Else}
		File /oname=$PLUGINSDIR\offhookreg.exe "${FROM}/x86/offhookreg.exe"
	${EndIf}
	System::Call 'kernel32::GetCommandLineW() p .r0'
	System::Call 'kernel32::SetEnvironmentVariableW(w "OFFHOOK_SETUP_LINE", p r0)'
	System::Call 'kernel32::GetCurrentDirectoryW(i ${NSIS_MAX_STRLEN}, w .s)'
	Pop $Started
!macroend

; HANDED: $Code is 8 when offhookreg.exe could not be started.
!macro HANDED
	${If} $Code == "error"
		StrCpy $Code 8
	${EndIf}
!macroend

Function .onInit
!ifdef SPEAKS
	StrCpy $LANGUAGE ${SPEAKS}
!endif
	!insertmacro HAND
	nsExec::ExecToStack '"$PLUGINSDIR\offhookreg.exe" check'
	Pop $Code
	Pop $0
	!insertmacro HANDED
	${If} $Code != 0
		MessageBox MB_ICONSTOP|MB_OK "$0" /SD IDOK
		SetErrorLevel $Code
		Quit
	${EndIf}
	${If} ${Silent}
		Return
	${EndIf}
	nsExec::ExecToStack '"$PLUGINSDIR\offhookreg.exe" choices'
	Pop $Choices
	Pop $0
	nsExec::ExecToStack '"$PLUGINSDIR\offhookreg.exe" vendor'
	Pop $1
	Pop $0
	${If} $1 == 0
		MessageBox MB_ICONEXCLAMATION|MB_OKCANCEL "$(VENDOR)" IDOK goes_on
		SetErrorLevel 1
		Quit
		goes_on:
	${EndIf}
FunctionEnd

Function cancelled
	SetErrorLevel 1
FunctionEnd

; production or debug, unless the command line said so
Function flavour_page
	IntOp $0 $Choices & 1
	${If} $0 = 1
		Abort
	${EndIf}
	!insertmacro MUI_HEADER_TEXT "$(FLAVOUR)" "$(FLAVOUR_WHICH)"
	nsDialogs::Create 1018
	Pop $0
	${NSD_CreateRadioButton} 0 10u 100% 12u "$(PRODUCTION)"
	Pop $1
	${NSD_CreateLabel} 12u 24u -12u 20u "$(PRODUCTION_MEANS)"
	Pop $0
	${NSD_CreateRadioButton} 0 54u 100% 12u "$(DEBUG)"
	Pop $Debug
	${NSD_CreateLabel} 12u 68u -12u 44u "$(DEBUG_MEANS)"
	Pop $0
	${If} $Flavour == "/debug"
		${NSD_Check} $Debug
	${Else}
		${NSD_Check} $1
	${EndIf}
	nsDialogs::Show
FunctionEnd

Function flavour_left
	StrCpy $Flavour ""
	${NSD_GetState} $Debug $0
	${If} $0 == ${BST_CHECKED}
		StrCpy $Flavour "/debug"
	${EndIf}
FunctionEnd

; which programs lose telephony while the service starts anew; there is no such page when there are none
Function programs_page
	nsExec::ExecToStack '"$PLUGINSDIR\offhookreg.exe" programs'
	Pop $0
	Pop $Programs
	${If} $Programs == ""
		Abort
	${EndIf}
	!insertmacro MUI_HEADER_TEXT "$(PROGRAMS)" "$(PROGRAMS_USE)"
	nsDialogs::Create 1018
	Pop $0
	${NSD_CreateLabel} 0 0 100% 40u "$(PROGRAMS_MEANS)"
	Pop $0
	nsDialogs::CreateControl EDIT ${DEFAULT_STYLES}|${WS_VSCROLL}|${ES_MULTILINE}|${ES_READONLY} ${WS_EX_CLIENTEDGE} 0 46u 100% -46u "$Programs"
	Pop $0
	nsDialogs::Show
FunctionEnd

; FLAVOURED: provider and dialogs of one bitness, both flavours
!macro FLAVOURED BITS
	File "${FROM}/${BITS}/offhook.tsp"
	File "${FROM}/${BITS}/offhookui.dll"
	SetOutPath "$PLUGINSDIR\files\debug"
	File "${FROM}/${BITS}/debug/offhook.tsp"
	File "${FROM}/${BITS}/debug/offhookui.dll"
	SetOutPath "$PLUGINSDIR\files"
!macroend

Section
	SetDetailsPrint none
	SetOutPath "$PLUGINSDIR\files"
	File "${FROM}/licences.txt"
	${If} ${IsNativeAMD64}
		File "${FROM}/x64/offhook.exe"
		File "${FROM}/x64/offhookreg.exe"
!ifdef PROBE
		File "${FROM}/x64/tapiprobe.exe"
!endif
		!insertmacro FLAVOURED x64
		SetOutPath "$PLUGINSDIR\files\x86"
		File "${FROM}/x86/offhookui.dll"
		SetOutPath "$PLUGINSDIR\files\debug\x86"
		File "${FROM}/x86/debug/offhookui.dll"
	${Else}
		File "${FROM}/x86/offhook.exe"
		File "${FROM}/x86/offhookreg.exe"
!ifdef PROBE
		File "${FROM}/x86/tapiprobe.exe"
!endif
		!insertmacro FLAVOURED x86
	${EndIf}
	WriteUninstaller "$PLUGINSDIR\files\uninstall.exe"
	SetOutPath "$Started"
	SetDetailsPrint both
	nsExec::ExecToLog '"$PLUGINSDIR\offhookreg.exe" install "$PLUGINSDIR\files" $Flavour'
	Pop $Code
	!insertmacro HANDED
	SetDetailsPrint none
	RMDir /r "$PLUGINSDIR\files"
	SetDetailsPrint both
	SetErrorLevel $Code
	${If} $Code == 3010
		SetRebootFlag true
	${ElseIf} $Code == 9
		MessageBox MB_ICONEXCLAMATION|MB_OK "$(REFUSED)" /SD IDOK
	${ElseIf} $Code != 0
		MessageBox MB_ICONSTOP|MB_OK "$(FAILED)" /SD IDOK
		Abort
	${EndIf}
SectionEnd

; The dialog is offered where the daemon runs; it is chosen unless the command line brought an account that was taken.
Function finish_shown
	${If} ${RebootFlag}
		Return
	${EndIf}
	IntOp $0 $Choices & 4
	${If} $0 <> 0
		SendMessage $mui.FinishPage.Run ${BM_SETCHECK} ${BST_UNCHECKED} 0
		ShowWindow $mui.FinishPage.Run ${SW_HIDE}
		Return
	${EndIf}
	IntOp $0 $Choices & 2
	${If} $0 <> 0
	${AndIf} $Code = 0
		SendMessage $mui.FinishPage.Run ${BM_SETCHECK} ${BST_UNCHECKED} 0
	${EndIf}
FunctionEnd

Function credentials
	HideWindow
	nsExec::ExecToStack '"$PLUGINSDIR\offhookreg.exe" config'
	Pop $0
	Pop $1
	${If} $0 != 0
		MessageBox MB_ICONEXCLAMATION|MB_OK "$(NO_DIALOG)$\r$\n$1"
	${EndIf}
FunctionEnd

Function un.onInit
	MessageBox MB_ICONQUESTION|MB_YESNO|MB_DEFBUTTON2 "$(PURGE)" /SD IDNO IDNO stays
	StrCpy $Flavour "/purge"
	stays:
FunctionEnd

Section Uninstall
	!insertmacro HAND
	SetOutPath "$PLUGINSDIR" ; a directory that somebody stands in cannot be removed
	nsExec::ExecToLog '"$PLUGINSDIR\offhookreg.exe" uninstall $Flavour'
	Pop $Code
	!insertmacro HANDED
	SetOutPath "$TEMP"
	SetErrorLevel $Code
	${If} $Code == 3010
		SetRebootFlag true
	${ElseIf} $Code != 0
		MessageBox MB_ICONSTOP|MB_OK "$(FAILED)" /SD IDOK
		Abort
	${EndIf}
SectionEnd
