; SPDX-License-Identifier: MIT
; This is the setup of offhook. The script has the pages and contains the files; offhookreg.exe (reg/) does the installation.
; nsis.sh runs makensis with -DTARGET=x86|amd64 -DVERSION=… -DNUMBERS=1.2.3.0 -DFROM=FILES -DOUT=FILE
; -DCERTIFICATE=DIR [-DRELEASE] [-DTEST_BUILD] [-DPROBE] [-DQUICK] [-DLANGUAGE_ID=LCID]

Target ${TARGET}-unicode
!ifdef RELEASE & TEST_BUILD
	!error "this version of NSIS must not build releases"
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

Var StartDirectory ; the directory the setup was started in; relative file names in options start there
Var Choices        ; what the command line decided, as bits: 1 debug, 2 an account, 4 a daemon on another machine
Var Flavour        ; /debug, or empty; /purge in the uninstaller
Var DebugButton    ; a radio button of flavour_page
Var Programs       ; the programs that use telephony now
Var Code           ; the exit code of offhookreg.exe

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

; EXTRACT_OFFHOOKREG extracts the offhookreg.exe of this Windows' own bitness to the setup's temporary directory. It passes the
; setup's command line in an environment variable, since audit logs and lists of processes show command lines.
!macro EXTRACT_OFFHOOKREG
	InitPluginsDir
	${If} ${IsNativeAMD64}
		File /oname=$PLUGINSDIR\offhookreg.exe "${FROM}/x64/offhookreg.exe"
	${Else}
		File /oname=$PLUGINSDIR\offhookreg.exe "${FROM}/x86/offhookreg.exe"
	${EndIf}
	System::Call 'kernel32::GetCommandLineW() p .r0'
	System::Call 'kernel32::SetEnvironmentVariableW(w "OFFHOOK_SETUP_LINE", p r0)'
	System::Call 'kernel32::GetCurrentDirectoryW(i ${NSIS_MAX_STRLEN}, w .s)'
	Pop $StartDirectory
!macroend

; CHECK_STARTED sets $Code to 8 when offhookreg.exe could not be started.
!macro CHECK_STARTED
	${If} $Code == "error"
		StrCpy $Code 8
	${EndIf}
!macroend

Function .onInit
!ifdef LANGUAGE_ID
	StrCpy $LANGUAGE ${LANGUAGE_ID}
!endif
	!insertmacro EXTRACT_OFFHOOKREG
	nsExec::ExecToStack '"$PLUGINSDIR\offhookreg.exe" check'
	Pop $Code
	Pop $0
	!insertmacro CHECK_STARTED
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
		MessageBox MB_ICONEXCLAMATION|MB_OKCANCEL "$(VENDOR)" IDOK continue
		SetErrorLevel 1
		Quit
		continue:
	${EndIf}
FunctionEnd

Function cancelled
	SetErrorLevel 1
FunctionEnd

; flavour_page asks for production or debug, unless the command line has decided.
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
	Pop $DebugButton
	${NSD_CreateLabel} 12u 68u -12u 44u "$(DEBUG_MEANS)"
	Pop $0
	${If} $Flavour == "/debug"
		${NSD_Check} $DebugButton
	${Else}
		${NSD_Check} $1
	${EndIf}
	nsDialogs::Show
FunctionEnd

Function flavour_left
	StrCpy $Flavour ""
	${NSD_GetState} $DebugButton $0
	${If} $0 == ${BST_CHECKED}
		StrCpy $Flavour "/debug"
	${EndIf}
FunctionEnd

; programs_page lists the programs that lose telephony while the service restarts. Without such a program there is no page.
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

; PROVIDER_FILES adds provider and dialogs of one bitness, in both flavours.
!macro PROVIDER_FILES BITS
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
		!insertmacro PROVIDER_FILES x64
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
		!insertmacro PROVIDER_FILES x86
	${EndIf}
	WriteUninstaller "$PLUGINSDIR\files\uninstall.exe"
	SetOutPath "$StartDirectory"
	SetDetailsPrint both
	nsExec::ExecToLog '"$PLUGINSDIR\offhookreg.exe" install "$PLUGINSDIR\files" $Flavour'
	Pop $Code
	!insertmacro CHECK_STARTED
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

; finish_shown offers the dialog on a machine where the daemon runs. Its box is checked unless the command line has set an account.
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
	MessageBox MB_ICONQUESTION|MB_YESNO|MB_DEFBUTTON2 "$(PURGE)" /SD IDNO IDNO keep_settings
	StrCpy $Flavour "/purge"
	keep_settings:
FunctionEnd

Section Uninstall
	!insertmacro EXTRACT_OFFHOOKREG
	SetOutPath "$PLUGINSDIR" ; a process's current directory cannot be removed
	nsExec::ExecToLog '"$PLUGINSDIR\offhookreg.exe" uninstall $Flavour'
	Pop $Code
	!insertmacro CHECK_STARTED
	SetOutPath "$TEMP"
	SetErrorLevel $Code
	${If} $Code == 3010
		SetRebootFlag true
	${ElseIf} $Code != 0
		MessageBox MB_ICONSTOP|MB_OK "$(FAILED)" /SD IDOK
		Abort
	${EndIf}
SectionEnd
