# What setup.sh does, for Windows: powershell -ExecutionPolicy Bypass -File setup.ps1 [run|test] [ARGUMENT...]
param([ValidateSet('setup', 'run', 'test')] [string] $Task = 'setup', [Parameter(ValueFromRemainingArguments)] [string[]] $Rest = @())

$here = $PSScriptRoot
$python = Join-Path $here '.venv\Scripts\python.exe'
$lock = if ($Task -eq 'test') { 'requirements-dev.lock' } else { 'requirements.lock' }
$stamp = Join-Path $here ".venv\$lock.stamp"

function Stop-Setup([string] $Sentence) {
    [Console]::Error.WriteLine("voicecoach: $Sentence")
    exit 1
}

function New-Environment {
    foreach ($version in '3.13', '3.12', '3.11', '3.14') {
        & py "-$version" -m venv (Join-Path $here '.venv') 2>$null
        if ($LASTEXITCODE -eq 0) { return }
    }
    Stop-Setup 'no Python from 3.11 to 3.14 was found; install one from python.org, with its "py" launcher, and run this again.'
}

function Install-Packages {
    & $python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation @args
    if ($LASTEXITCODE -ne 0) { Stop-Setup 'a package could not be installed (see above); check the connection to the internet, and run this again.' }
}

$files = "$here\requirements-build.lock", "$here\$lock", "$here\pyproject.toml"
$now = $here + (Get-FileHash $files).Hash
if (-not (Test-Path $stamp) -or (Get-Content $stamp -Raw).Trim() -ne $now) {
    if (-not (Get-Command py -ErrorAction SilentlyContinue)) { Stop-Setup 'Python is missing; install 3.13 from python.org, with its "py" launcher, and run this again.' }
    'Setting voicecoach up; the first time this takes some minutes.'
    New-Environment
    Install-Packages --require-hashes -r "$here\requirements-build.lock"
    Install-Packages --require-hashes -r "$here\$lock"
    Install-Packages --editable $here
    Set-Content $stamp $now
}

switch ($Task) {
    'setup' { 'voicecoach is ready. Start it with: powershell -ExecutionPolicy Bypass -File setup.ps1 run' }
    'run' { & $python -m voicecoach run --or-rehearse first-session @Rest }
    'test' { Set-Location $here; & $python -m pytest @Rest }
}
exit $LASTEXITCODE
