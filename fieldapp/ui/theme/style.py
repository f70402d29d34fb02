"""Turns a Theme into what Qt draws with: Fusion, a palette, one style sheet; and says which theme is in force.

The theme in force is a property of the QApplication, as its palette and style sheet are; widgets that paint
themselves read it with `current_theme()`. The language is the locale that widgets inherit from their window.
"""

from __future__ import annotations

from string import Template

from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from fieldapp.base.i18n import Language
from fieldapp.base.settings import resource
from fieldapp.ui.theme.fonts import FAMILY, body_font, load_fonts
from fieldapp.ui.theme.sheet import SHEET
from fieldapp.ui.theme.tokens import RADIUS, SIZE, TEXT, TONES, Colours, Theme

__all__ = ["apply_theme", "current_theme", "language_of", "locale_of", "mark", "palette", "style_sheet"]

_PROPERTY = "fieldappTheme"


def current_theme() -> Theme:
    """The theme that `apply_theme` set last; the light one before that."""
    app = QCoreApplication.instance()
    theme = app.property(_PROPERTY) if app is not None else None
    return theme if isinstance(theme, Theme) else Theme()


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Put a theme in force everywhere, live; widgets get StyleChange and repaint."""
    load_fonts()
    if app.property(_PROPERTY) is None:
        app.setStyle(QStyleFactory.create("Fusion"))
    app.setProperty(_PROPERTY, theme)
    app.setFont(body_font(theme))
    app.setPalette(palette(theme.colours))
    # Qt styles a widget once for each widget around it when one sheet takes the place of another (3 s with twelve pages open);
    # taken off first, and put on again, it styles each widget once
    app.setStyleSheet("")
    app.setStyleSheet(style_sheet(theme))


def locale_of(language: Language) -> QLocale:
    """The locale that carries a language through the widgets."""
    return QLocale("zh_CN" if language == "zh" else "en_GB")


def language_of(widget: QWidget) -> Language:
    """The language a widget speaks: its locale, inherited from its window."""
    return "zh" if widget.locale().language() == QLocale.Language.Chinese else "en"


def mark(widget: QWidget, **properties: object) -> None:
    """Set properties that the style sheet selects by (`role`, `tone`, `kind`), and let the widget be styled anew."""
    changed = False
    for name, value in properties.items():
        if widget.property(name) != value:
            widget.setProperty(name, value)
            changed = True
    if changed:
        restyle(widget)


def restyle(widget: QWidget) -> None:
    """Let a widget be styled anew, after a property of it or of a widget around it changed what the style sheet selects."""
    # a widget that Qt has not styled yet will be styled once, when it is first shown
    if widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.updateGeometry()
        widget.update()


def palette(colours: Colours) -> QPalette:
    """What Fusion itself draws with; disabled texts stay readable."""
    made = QPalette()
    role = QPalette.ColorRole
    plain = {
        role.Window: colours.background,
        role.WindowText: colours.text,
        role.Base: colours.surface,
        role.AlternateBase: colours.raised,
        role.Text: colours.text,
        role.PlaceholderText: colours.muted,
        role.Button: colours.surface,
        role.ButtonText: colours.text,
        role.BrightText: colours.breached,
        role.ToolTipBase: colours.text,
        role.ToolTipText: colours.surface,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.Link: colours.accent,
        role.LinkVisited: colours.unknown,
        role.Light: colours.raised,
        role.Midlight: colours.line,
        role.Mid: colours.edge,
        role.Dark: colours.edge,
        role.Shadow: colours.line,
        role.Accent: colours.accent,
    }
    for which, colour in plain.items():
        made.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(colours.disabled))
    return made


def style_sheet(theme: Theme) -> str:
    """The one style sheet, from the token table."""
    colours = theme.colours
    target = theme.target(SIZE.target)
    values: dict[str, object] = {name: getattr(colours, name) for name in Colours.__slots__}
    values |= {
        "accent_hover": colours.accent_hover,
        "accent_pressed": colours.accent_pressed,
        "disabled": colours.disabled,
        "family": FAMILY,
        "small": theme.px(TEXT.small),
        "body": theme.px(TEXT.body),
        "strong": theme.px(TEXT.strong),
        "large": theme.px(TEXT.large),
        "title": theme.px(TEXT.title),
        "figure": theme.px(TEXT.figure),
        "control": RADIUS.control,
        "card": RADIUS.card,
        "inside": RADIUS.card - 1,
        "inner": target - 2,
        "inner_focus": target - 4,
        "inner_compact_focus": theme.target(SIZE.compact) - 4,
        "inner_compact": theme.target(SIZE.compact) - 2,
        "inner_search": theme.target(40) - 4,
        "inner_answer_focus": theme.target(SIZE.answer) - 4,
        "inner_answer": theme.target(SIZE.answer) - 2,
        "box": theme.px(20),
        "round": theme.px(20) // 2 + 1,
        "arrow": theme.px(16),
        "drop": theme.px(32),
    }
    for picture in ("tick", "down", "up", "bullet"):
        values[picture] = resource(f"icons/{picture}-{theme.name}.svg").as_posix()
    sheet = Template(SHEET).substitute(values)
    for tone in TONES:
        front, soft = colours.tone(tone)
        sheet += (
            f'QLabel[tone="{tone}"] {{ color: {front}; }}\n'
            f'QFrame[banner="{tone}"] {{ background: {soft}; border: none; border-radius: {RADIUS.control}px; }}\n'
            f'QFrame[banner="{tone}"] QLabel {{ color: {front}; }}\n'
            f'QFrame[panel="{tone}"] {{ background: {colours.surface}; border: 1px solid {front};'
            f" border-radius: {RADIUS.card}px; }}\n"
        )
    return sheet
