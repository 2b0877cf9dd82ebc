<#
.SYNOPSIS
Tests whether offhook works on a real Windows, and writes a report.

.DESCRIPTION
Without -ThisMachineIsForTests nothing is changed: the report has the Windows version, whether the service runs, whether the
provider is registered, and the lines that a program gets.

With -ThisMachineIsForTests the installed daemon gets the settings of a simulated PBX on this machine (loopback only), and scenarios
run through the Telephony service: inbound and outbound calls, hold, pickup, transfers, restarts of both services. The previous
settings are written to the report's folder first, without the password, which no program can read: enter the credentials again
afterwards. See docs/develop/acceptance.md.

Works with PowerShell 3 and later, on Windows 7 SP1 (with WMF 3) to 11 and the server versions. No internet is needed.
The exit code is the number of checks that failed.

.PARAMETER ThisMachineIsForTests
Allows the script to replace the daemon's settings and to restart services.

.PARAMETER InstallDir
The directory of offhook.exe. Default: the one in the registry, else Program Files\offhook.

.PARAMETER Probe
The path of tapiprobe.exe. Default: the script's directory, or InstallDir.

.PARAMETER AlsoProbe
A second tapiprobe.exe, such as the 32-bit one on a 64-bit Windows; two scenarios are run with it, too.

.PARAMETER Scenarios
Folder of scenario files. Default: the folder scenarios in the script's directory.

.PARAMETER Only
Run these scenarios only, by name: -Only inbound,hold

.PARAMETER ReportDir
Folder of the report. Default: a new folder in the current one.

.PARAMETER OfficeControl
HOST:PORT of the control port of a simulated PBX that runs elsewhere, for a Windows before 10 whose daemon is on another machine.
No settings are changed then, and the daemon is not restarted.

.PARAMETER NoTelephonyRestart
Do not restart the Telephony service, so that other programs on this machine keep their lines.
#>
param(
    [switch]$ThisMachineIsForTests,
    [string]$InstallDir = '',
    [string]$Probe = '',
    [string]$AlsoProbe = '',
    [string]$Scenarios = '',
    [string[]]$Only = @(),
    [string]$ReportDir = '',
    [string]$OfficeControl = '',
    [switch]$NoTelephonyRestart
)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$scriptDir = Split-Path -Parent $MyInvocation.MyCommand.Path
$startTime = Get-Date
$checks = New-Object System.Collections.ArrayList
$utf8 = New-Object System.Text.UTF8Encoding($false)

# The order matters: scenarios that restart services come last.
$order = @('inbound', 'missed', 'dial', 'dial-busy', 'hold', 'pickup', 'blind-transfer', 'consult-transfer', 'lines',
    'daemon-restart', 'telephony-restart')

function Add-Check([string]$Name, [bool]$Passed, [string]$Detail) {
    $word = 'fail'
    if ($Passed) { $word = 'pass' }
    [void]$checks.Add((New-Object PSObject -Property @{ name = $Name; result = $word; detail = $Detail }))
    Write-Host ('{0,-5} {1}  {2}' -f $word, $Name, $Detail)
}

function Add-NotRun([string]$Name, [string]$Why) {
    [void]$checks.Add((New-Object PSObject -Property @{ name = $Name; result = 'not run'; detail = $Why }))
    Write-Host ('{0,-5} {1}  {2}' -f 'skip', $Name, $Why)
}

function Get-RegistryValue([string]$Key, [string]$Name) {
    if (-not (Test-Path -LiteralPath $Key)) { return '' }
    $p = Get-ItemProperty -LiteralPath $Key
    if ($p.PSObject.Properties.Match($Name).Count -eq 0) { return '' }
    return [string]$p.$Name
}

function Join-Arguments([string[]]$Words) {
    $quoted = foreach ($w in $Words) {
        if ($w -match '[\s"]' -or $w -eq '') { '"' + ($w -replace '"', '\"') + '"' } else { $w }
    }
    return ($quoted -join ' ')
}

# Invoke-Program runs a program with a time limit. Its output goes to files, so that nothing blocks and PowerShell does not report a
# line on standard error as an error of this script.
function Invoke-Program([string]$File, [string[]]$Words, [string]$Log, [int]$Seconds) {
    $p = Start-Process -FilePath $File -ArgumentList (Join-Arguments $Words) -NoNewWindow -PassThru `
        -RedirectStandardOutput $Log -RedirectStandardError ($Log + '.err')
    $null = $p.Handle # without it ExitCode stays empty
    $ended = $p.WaitForExit($Seconds * 1000)
    if ($ended) { $p.WaitForExit() } else { $p.Kill(); $null = $p.WaitForExit(5000) }
    $out = ''
    $err = ''
    if (Test-Path -LiteralPath $Log) { $out = [IO.File]::ReadAllText($Log, $utf8) }
    if (Test-Path -LiteralPath ($Log + '.err')) { $err = [IO.File]::ReadAllText($Log + '.err', $utf8) }
    $code = -1
    if ($ended) { $code = $p.ExitCode }
    return New-Object PSObject -Property @{ code = $code; out = $out; err = $err; ended = $ended }
}

function Get-System {
    $nt = 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    $os = Get-CimInstance -ClassName Win32_OperatingSystem
    $s = New-Object System.Collections.Specialized.OrderedDictionary
    # The report must not have the name of the machine or of a user, since it is passed on.
    $s['product'] = [string]$os.Caption
    $s['version'] = [string]$os.Version
    $s['release'] = Get-RegistryValue $nt 'DisplayVersion'
    if ($s['release'] -eq '') { $s['release'] = Get-RegistryValue $nt 'ReleaseId' }
    $s['update'] = Get-RegistryValue $nt 'UBR'
    $s['servicePack'] = [string]$os.CSDVersion
    $s['architecture'] = [string]$os.OSArchitecture
    $s['processor'] = [string]$env:PROCESSOR_ARCHITECTURE
    $s['processors'] = [string]$env:NUMBER_OF_PROCESSORS
    $s['language'] = [string]$os.OSLanguage
    $s['powershell'] = [string]$PSVersionTable.PSVersion
    $s['rds'] = [string](Get-RegistryValue 'HKLM:\SYSTEM\CurrentControlSet\Control\Terminal Server' 'TSAppCompat')
    return $s
}

function Get-Providers {
    $key = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Telephony\Providers'
    $n = Get-RegistryValue $key 'NumProviders'
    if ($n -eq '') { return @() }
    $all = @()
    for ($i = 0; $i -lt [int]$n -and $i -lt 100; $i++) {
        $all += (Get-RegistryValue $key ('ProviderFilename' + $i)) + ' (' + (Get-RegistryValue $key ('ProviderID' + $i)) + ')'
    }
    return $all
}

function Get-FileDescription([string]$Path) {
    if (-not (Test-Path -LiteralPath $Path)) { return 'missing' }
    $f = Get-Item -LiteralPath $Path
    return ('{0}, {1} bytes, signature: {2}' -f $f.VersionInfo.FileVersion, $f.Length, (Get-AuthenticodeSignature -FilePath $Path).Status)
}

function Get-ServiceState([string]$Service) {
    $s = Get-Service -Name $Service -ErrorAction SilentlyContinue
    if ($null -eq $s) { return 'not installed' }
    return [string]$s.Status
}

function Test-Administrator {
    $me = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
    return $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
}

function Get-LineDevices([string]$Name) {
    $r = Invoke-Program $Probe @('list', '--json') (Join-Path $ReportDir ($Name + '.log')) 60
    $found = @()
    foreach ($text in ($r.out -split "`n")) {
        if ($text.Trim() -eq '') { continue }
        $o = $text | ConvertFrom-Json
        if ($o.kind -eq 'device' -and $o.PSObject.Properties.Match('address').Count -gt 0) { $found += $o }
    }
    return New-Object PSObject -Property @{ code = $r.code; err = $r.err; lines = $found }
}

# Start-SimulatedPbx starts the simulated PBX and waits until it has printed its ports.
function Start-SimulatedPbx([string]$Ca) {
    $log = Join-Path $ReportDir 'pbx.log'
    $words = Join-Arguments @('pbx', '--listen', '127.0.0.1:0', '--control', '127.0.0.1:0', '--ca-out', $Ca)
    $p = Start-Process -FilePath $offhook -ArgumentList $words -NoNewWindow -PassThru -RedirectStandardOutput $log -RedirectStandardError ($log + '.err')
    $script:pbxProcess = $p
    $o = New-Object PSObject -Property @{ process = $p; port = ''; control = ''; secret = '' }
    for ($i = 0; $i -lt 100 -and $o.control -eq '' -and -not $p.HasExited; $i++) {
        Start-Sleep -Milliseconds 200
        $stream = New-Object IO.FileStream($log, [IO.FileMode]::Open, [IO.FileAccess]::Read, [IO.FileShare]::ReadWrite)
        $reader = New-Object IO.StreamReader($stream, $utf8)
        $text = $reader.ReadToEnd()
        $reader.Close()
        if ($text -match 'at 127\.0\.0\.1:(\d+),') { $o.port = $Matches[1] }
        if ($text -match 'have the password "([^"]+)"') { $o.secret = $Matches[1] }
        if ($text -match 'control at (127\.0\.0\.1:\d+)') { $o.control = $Matches[1] }
    }
    return $o
}

function Test-Installation {
    if ($OfficeControl -eq '') { Add-Check 'service offhook' ((Get-ServiceState 'offhook') -eq 'Running') (Get-ServiceState 'offhook') }
    Add-Check 'service TapiSrv' ((Get-ServiceState 'TapiSrv') -ne 'not installed') (Get-ServiceState 'TapiSrv')
    $registered = @(Get-Providers | Where-Object { $_ -match 'offhook\.tsp' })
    Add-Check 'provider registered once' ($registered.Count -eq 1) ((Get-Providers) -join ', ')
    $tsp = Join-Path $env:SystemRoot 'System32\offhook.tsp'
    Add-Check 'offhook.tsp in the system directory' (Test-Path -LiteralPath $tsp) (Get-FileDescription $tsp)
    $l = Get-LineDevices 'lines-before'
    Add-Check 'a program can use TAPI' ($l.code -eq 0) ($l.err.Trim())
    $system['lines'] = [string]$l.lines.Count
}

function Set-DaemonSettings($Office, [string]$Ca) {
    $show = Invoke-Program $offhook @('config', 'show') (Join-Path $ReportDir 'settings-before.txt') 60
    Add-Check 'the previous settings are saved, without the password' ($show.code -eq 0) (Join-Path $ReportDir 'settings-before.txt')
    $secret = Join-Path $data 'acceptance.secret' # the simulated PBX's own password, which it prints
    [IO.File]::WriteAllText($secret, $Office.secret, $utf8)
    $set = Invoke-Program $offhook @('config', 'set', 'user=switch@branch', 'host=127.0.0.1', ('port=' + $Office.port), 'domain=', 'pin=', ('ca=' + $Ca),
        'users=all', '--password-file', $secret) (Join-Path $ReportDir 'set.log') 60
    Remove-Item -LiteralPath $secret
    Add-Check 'the daemon has the settings of the simulated PBX' ($set.code -eq 0) ($set.err.Trim())
    return ($set.code -eq 0)
}

function Wait-LineDevices {
    $l = $null
    for ($i = 0; $i -lt 30; $i++) {
        $l = Get-LineDevices 'lines'
        $have = @($l.lines | Where-Object { $_.provider -match 'offhook' } | ForEach-Object { $_.address })
        $missing = @('41', '42', '43', '44', '45', '46' | Where-Object { $have -notcontains $_ })
        if ($missing.Count -eq 0) { break }
        Start-Sleep -Seconds 2
    }
    Add-Check 'a program gets six lines' ($missing.Count -eq 0) ('missing: ' + ($missing -join ' '))
    return ($missing.Count -eq 0)
}

function Test-Scenario([string]$Program, [string]$Name, [string]$Label, $Office) {
    $file = Join-Path $Scenarios ($Name + '.txt')
    $r = Invoke-Program $Program @('script', $file, '--json', '--pbx', $Office.control) (Join-Path $ReportDir ($Label + '.jsonl')) 300
    $why = $r.err.Trim()
    foreach ($text in ($r.out -split "`n")) {
        if ($text -notmatch '^\{"kind":"(step|result)"') { continue }
        $o = $text | ConvertFrom-Json
        if ($o.result -eq 'fail' -and $o.kind -eq 'step') { $why = ('line {0}: {1}: {2}' -f $o.n, $o.text, $o.why) }
        if ($o.result -eq 'fail' -and $o.kind -eq 'result' -and $why -eq '') { $why = $o.why }
    }
    if (-not $r.ended) { $why = 'it did not end within 300 seconds' }
    Add-Check ('scenario ' + $Label) ($r.code -eq 0) $why
}

function Test-Scenarios($Office) {
    foreach ($name in $order) {
        if ($Only.Count -gt 0 -and $Only -notcontains $name) { continue }
        if ($name -eq 'telephony-restart' -and $NoTelephonyRestart) {
            Add-NotRun ('scenario ' + $name) '-NoTelephonyRestart was given'
            continue
        }
        if ($name -eq 'daemon-restart' -and $OfficeControl -ne '') {
            Add-NotRun ('scenario ' + $name) 'the daemon is on another machine'
            continue
        }
        Test-Scenario $Probe $name $name $Office
    }
    if ($AlsoProbe -ne '') {
        foreach ($name in @('inbound', 'dial')) { Test-Scenario $AlsoProbe $name ($name + '-second-program') $Office }
    }
}

function Get-Events {
    $wanted = @{ LogName = 'Application'; ProviderName = 'offhook'; StartTime = $startTime }
    $events = @(Get-WinEvent -FilterHashtable $wanted -ErrorAction SilentlyContinue)
    return (($events | Group-Object Id | ForEach-Object { '{0} x{1}' -f $_.Name, $_.Count }) -join ', ')
}

function Format-Cell([string]$Text) {
    return (($Text -replace '\|', '\|') -replace '[\r\n]+', ' ')
}

function Write-Report {
    $failed = @($checks | Where-Object { $_.result -eq 'fail' }).Count
    $system['events'] = Get-Events
    $report = New-Object PSObject -Property @{ format = 1; began = $startTime.ToUniversalTime().ToString('s') + 'Z'; failed = $failed
        system = (New-Object PSObject -Property $system); checks = @($checks) }
    [IO.File]::WriteAllText((Join-Path $ReportDir 'report.json'), ($report | ConvertTo-Json -Depth 6), $utf8)
    $md = New-Object System.Collections.ArrayList
    [void]$md.Add('# offhook on ' + $system['product'])
    [void]$md.Add('')
    [void]$md.Add(('{0} UTC: {1} checks, {2} failed.' -f $startTime.ToUniversalTime().ToString('s'), $checks.Count, $failed))
    [void]$md.Add('')
    [void]$md.Add('| system | |')
    [void]$md.Add('|---|---|')
    foreach ($k in $system.Keys) { [void]$md.Add(('| {0} | {1} |' -f $k, (Format-Cell $system[$k]))) }
    [void]$md.Add('')
    [void]$md.Add('| check | result | |')
    [void]$md.Add('|---|---|---|')
    foreach ($c in $checks) { [void]$md.Add(('| {0} | {1} | {2} |' -f (Format-Cell $c.name), $c.result, (Format-Cell $c.detail))) }
    [IO.File]::WriteAllText((Join-Path $ReportDir 'report.md'), (($md -join "`n") + "`n"), $utf8)
    Write-Host ('{0} checks, {1} failed; the report is in {2}' -f $checks.Count, $failed, $ReportDir)
    return $failed
}

# ---- paths ----

if ($InstallDir -eq '') { $InstallDir = Get-RegistryValue 'HKLM:\SOFTWARE\offhook' 'InstallDir' }
if ($InstallDir -eq '') { $InstallDir = Join-Path $env:ProgramFiles 'offhook' }
$data = Get-RegistryValue 'HKLM:\SOFTWARE\offhook' 'DataDir'
if ($data -eq '') { $data = Join-Path $env:ProgramData 'offhook' }
$offhook = Join-Path $InstallDir 'offhook.exe'
if ($Scenarios -eq '') { $Scenarios = Join-Path $scriptDir 'scenarios' }
if ($Probe -eq '') { $Probe = Join-Path $scriptDir 'tapiprobe.exe' }
if (-not (Test-Path -LiteralPath $Probe)) { $Probe = Join-Path $InstallDir 'tapiprobe.exe' }
if ($ReportDir -eq '') { $ReportDir = Join-Path (Get-Location).Path ('offhook-acceptance-' + $startTime.ToString('yyyyMMdd-HHmmss')) }
$needed = @($Probe)
if ($OfficeControl -eq '') { $needed += $offhook }
foreach ($file in $needed) {
    if (-not (Test-Path -LiteralPath $file)) {
        Write-Host "acceptance: $file is missing; see -InstallDir and -Probe"
        exit 250
    }
}
if ($ThisMachineIsForTests -and -not (Test-Administrator)) {
    Write-Host 'acceptance: -ThisMachineIsForTests needs a PowerShell that runs as administrator'
    exit 250
}
$null = New-Item -ItemType Directory -Force -Path $ReportDir
$ReportDir = (Get-Item -LiteralPath $ReportDir).FullName

# ---- the run ----

$system = Get-System
if ($OfficeControl -eq '') { $system['offhook.exe'] = (Invoke-Program $offhook @('version') (Join-Path $ReportDir 'version.log') 60).out.Trim() }
$system['offhookui.dll'] = Get-FileDescription (Join-Path $env:SystemRoot 'System32\offhookui.dll')
Test-Installation
if (-not $ThisMachineIsForTests) {
    Add-NotRun 'scenarios' 'without -ThisMachineIsForTests nothing is changed'
    exit (Write-Report)
}
if ($OfficeControl -ne '') {
    if (Wait-LineDevices) { Test-Scenarios (New-Object PSObject -Property @{ control = $OfficeControl }) } else { Add-NotRun 'scenarios' 'the lines are missing' }
    exit (Write-Report)
}
$ca = Join-Path $data 'acceptance-ca.pem' # a directory that the service's account may read
$pbxProcess = $null
try {
    $office = Start-SimulatedPbx $ca
    Add-Check 'the simulated PBX runs' ($office.control -ne '' -and $office.port -ne '' -and $office.secret -ne '') ('control at ' + $office.control)
    if ($office.control -ne '' -and (Set-DaemonSettings $office $ca)) {
        if (Wait-LineDevices) { Test-Scenarios $office } else { Add-NotRun 'scenarios' 'the lines are missing' }
    }
} catch {
    Add-Check 'the run itself' $false ([string]$_)
} finally {
    if ($null -ne $pbxProcess -and -not $pbxProcess.HasExited) { Stop-Process -Id $pbxProcess.Id -Force }
    if (Test-Path -LiteralPath $ca) { Remove-Item -LiteralPath $ca }
}
Write-Host ''
Write-Host 'The daemon still has the settings of the simulated PBX, which has ended. Enter your own again, from settings-before.txt:'
Write-Host ('  "{0}" config set user=LOGIN@DOMAIN host=HOST port= domain= ca= pin= users= --password-file FILE' -f $offhook)
exit (Write-Report)
