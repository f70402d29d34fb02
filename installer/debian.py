"""Turn the bundle into a Debian package: `python installer/debian.py VERSION LIBRARY…`, called by `dev.py package`.

The program goes to /opt/fieldapp, its command to /usr/bin, an entry to the desktop's menu. The libraries are those that
Qt loads from the system. Nothing runs at installation, and removing the package leaves the engineers' data alone.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUNDLE = ROOT / "dist" / "fieldapp"

CONTROL = """Package: fieldapp
Version: {version}
Architecture: {architecture}
Maintainer: The fieldapp developers <fieldapp@localhost>
Section: misc
Priority: optional
Depends: libc6 (>= 2.34), {libraries}
Installed-Size: {size}
Description: Offline-first desktop for engineers at customers' sites
 Cases with service clocks, inspection checklists, spare swaps, changes and
 signed reports, in an encrypted replica that is synced in the evening.
"""

MENU = """[Desktop Entry]
Type=Application
Name=fieldapp
Name[zh_CN]=fieldapp 现场服务
Comment=Work at customers' sites, offline
Comment[zh_CN]=客户现场的离线工作台
Exec=/opt/fieldapp/fieldapp
Terminal=false
Categories=Office;
"""


def alternatives(library: str) -> str:
    """A library by its name on Debian 12 or, where 64-bit time renamed it, on newer systems."""
    return f"{library} | {library}t64" if library == "libglib2.0-0" else library


def build(version: str, libraries: list[str]) -> Path:
    """Write dist/fieldapp_VERSION_ARCHITECTURE.deb; return its path."""
    architecture = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()
    tree = ROOT / "build" / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(BUNDLE, tree / "opt" / "fieldapp", symlinks=True)
    command = tree / "usr" / "bin" / "fieldapp"
    command.parent.mkdir(parents=True)
    command.symlink_to("/opt/fieldapp/fieldapp")
    menu = tree / "usr" / "share" / "applications" / "fieldapp.desktop"
    menu.parent.mkdir(parents=True)
    menu.write_text(MENU, encoding="utf-8")
    size = sum(f.stat().st_size for f in tree.rglob("*") if f.is_file() and not f.is_symlink()) // 1024
    control = tree / "DEBIAN" / "control"
    control.parent.mkdir()
    depends = ", ".join(alternatives(library) for library in libraries)
    control.write_text(CONTROL.format(version=version, architecture=architecture, libraries=depends, size=size), encoding="utf-8")
    package = ROOT / "dist" / f"fieldapp_{version}_{architecture}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zzstd", "--build", str(tree), str(package)], check=True)
    shutil.rmtree(tree)
    return package


if __name__ == "__main__":
    made = build(sys.argv[1], sys.argv[2:])
    print(f"package: {made.relative_to(ROOT)}, {made.stat().st_size / 1e6:.0f} MB")
