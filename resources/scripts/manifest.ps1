# Lists every file of a folder with its size and SHA-256, sorted by the bytes of its path, as evidence of a backup.
#   powershell -ExecutionPolicy Bypass -File manifest.ps1 -Folder D:\backup -Result E:\result.txt    (Result outside of Folder)
# Nothing else is changed, nothing is sent. Works with Windows PowerShell 5.1 and PowerShell 7.
# The last line names files, bytes and the digest of all lines.
param([Parameter(Mandatory = $true)][string]$Folder, [Parameter(Mandatory = $true)][string]$Result)
$ErrorActionPreference = 'Stop'
$utf8 = New-Object System.Text.UTF8Encoding($false, $true)
$hasher = [System.Security.Cryptography.SHA256]::Create()

function Get-Hex([byte[]]$bytes) { [BitConverter]::ToString($bytes).Replace('-', '').ToLowerInvariant() }

$root = (Get-Item -LiteralPath $Folder -Force).FullName.TrimEnd('\', '/')
$keys = New-Object 'System.Collections.Generic.List[string]'
$found = New-Object 'System.Collections.Generic.List[object]'
$waiting = New-Object 'System.Collections.Generic.Stack[System.IO.DirectoryInfo]'
$waiting.Push((New-Object System.IO.DirectoryInfo($root + [IO.Path]::DirectorySeparatorChar)))
while ($waiting.Count) {
    foreach ($each in $waiting.Pop().GetFileSystemInfos()) {
        $isLink = [bool]($each.Attributes -band [IO.FileAttributes]::ReparsePoint) -and (Get-Item -LiteralPath $each.FullName -Force).LinkType
        if (-not $isLink -and $each -is [System.IO.DirectoryInfo]) { $waiting.Push($each); continue }
        $path = $each.FullName.Substring($root.Length + 1).Replace('\', '/')
        if ($path.IndexOfAny([char[]]"`r`n") -ge 0) { throw "a name holds a line break; rename it first: $path" }
        # sorted by the bytes of UTF-8, which the hexadecimal spelling keeps in order
        $keys.Add([BitConverter]::ToString($utf8.GetBytes($path)))
        $found.Add(@($path, $each.FullName, [bool]$isLink))
    }
}
$order = $keys.ToArray()
$items = $found.ToArray()
[Array]::Sort($order, $items, [StringComparer]::Ordinal)

$text = New-Object System.Text.StringBuilder
[long]$bytes = 0
foreach ($item in $items) {
    $path, $full, $isLink = $item
    if ($isLink) {
        $target = [string]@((Get-Item -LiteralPath $full -Force).Target)[0]
        $digest = Get-Hex $hasher.ComputeHash($utf8.GetBytes($target))
        $size = 'link'
    }
    else {
        $stream = [IO.File]::Open($full, 'Open', 'Read', 'Read')
        try {
            $size = $stream.Length
            $digest = Get-Hex $hasher.ComputeHash($stream)
        }
        finally { $stream.Dispose() }
        $bytes += $size
    }
    [void]$text.Append("$digest  $size  $path`n")
}
$whole = Get-Hex $hasher.ComputeHash($utf8.GetBytes($text.ToString()))
[void]$text.Append("manifest  $($items.Length)  $bytes  $whole`n")
[IO.File]::WriteAllBytes($ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Result), $utf8.GetBytes($text.ToString()))
Write-Host "$($items.Length) files, $bytes bytes, SHA-256 $whole"
