"""Printing a document's pages as they are shown; Qt's printing is loaded when somebody prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtPdf import QPdfDocument
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

__all__ = ["ask_and_print", "print_pages"]


def ask_and_print(parent: QWidget, pdf: bytes, title: str) -> bool:
    """Ask for the printer and print; whether pages went out."""
    from PySide6.QtPrintSupport import QPrintDialog, QPrinter

    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setDocName(title)
    dialog = QPrintDialog(printer, parent)
    return dialog.exec() == QPrintDialog.DialogCode.Accepted and print_pages(pdf, printer) > 0


def print_pages(pdf: bytes, printer: QPrinter) -> int:
    """Draw each page of a PDF on a page of the printer, at 200 dots per inch at most; how many were printed."""
    from PySide6.QtPrintSupport import QPrinter

    buffer = QBuffer()
    buffer.setData(QByteArray(pdf))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    document = QPdfDocument()
    document.load(buffer)
    painter = QPainter()
    if document.pageCount() < 1 or not painter.begin(printer):
        return 0
    room = QRectF(printer.pageRect(QPrinter.Unit.DevicePixel))
    for page in range(document.pageCount()):
        if page:
            printer.newPage()
        size = document.pagePointSize(page)
        picture = document.render(page, (size * (200 / 72)).toSize())
        scale = min(room.width() / size.width(), room.height() / size.height())
        painter.drawImage(QRectF(0, 0, size.width() * scale, size.height() * scale), picture)
    painter.end()
    printed: int = document.pageCount()
    return printed
