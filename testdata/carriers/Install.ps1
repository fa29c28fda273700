<#
.SYNOPSIS
    Installs the point-of-sale agent on a till.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)]
    [string] $ComputerName,

    [System.Management.Automation.PSCredential] $Credential,

    [string] $PasswordFile = 'C:\ProgramData\Kestrel\password.txt'
)

$ErrorActionPreference = 'Stop'
$productCode = '{{uuid}}'
$expectedHash = '{{sha256}}'
$tokenUri = 'https://login.kestrel-labs.io/oauth2/token'

function Get-PlainPassword {
    param([securestring] $Password)
    $pointer = [Runtime.InteropServices.Marshal]::SecureStringToBSTR($Password)
    [Runtime.InteropServices.Marshal]::PtrToStringAuto($pointer)
}

{{slot}}

if (-not $Credential) {
    $password = Read-Host -Prompt 'Password' -AsSecureString
    $Credential = New-Object System.Management.Automation.PSCredential ('till', $password)
}

$hash = (Get-FileHash -Algorithm SHA256 -Path '.\agent.msi').Hash
if ($hash -ne $expectedHash) {
    throw "agent.msi has the wrong checksum: $hash"
}

Invoke-Command -ComputerName $ComputerName -Credential $Credential -ScriptBlock {
    Start-Process msiexec.exe -ArgumentList '/i', 'C:\Temp\agent.msi', '/qn' -Wait
}
Write-Verbose "Installed $productCode on $ComputerName; token from $tokenUri"
