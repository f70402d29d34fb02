"""The style sheet as a template; every `$name` is filled from the tokens by `style.style_sheet`.

Selectors use three properties: `role` (texts), `kind` (buttons), `panel` and `banner` (frames); `tone` colours a text.
A `::drop-down` rule always stands with its `::down-arrow`, and unchecked boxes have a border of the control's edge.
"""

from __future__ import annotations

__all__ = ["SHEET"]

SHEET = """
QWidget { font-family: "$family"; font-size: ${body}px; }
QMainWindow, QDialog { background: $background; }
QToolTip { background: $text; color: $surface; border: none; padding: 6px 8px; font-size: ${small}px; }
QLabel { background: transparent; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="small"] { color: $muted; font-size: ${small}px; }
QLabel[role="caption"] { font-size: ${small}px; font-weight: 700; }
QLabel[role="strong"] { font-size: ${strong}px; font-weight: 700; }
QLabel[role="bold"] { font-weight: 700; }
QLabel[role="title"] { font-size: ${title}px; font-weight: 700; }
QLabel[role="large"] { font-size: ${large}px; font-weight: 700; }
QLabel[role="figure"] { font-size: ${figure}px; font-weight: 700; }

QLabel[role="key"] { color: $muted; font-size: ${small}px; background: $surface; border: 1px solid $line;
  border-radius: 4px; padding: 1px 6px; }
QFrame[field] { background: $surface; border: 1px solid $edge; border-radius: ${control}px; }
QFrame[field][focused="true"] { border: 2px solid $accent; }
QFrame[field="invalid"] { border: 2px solid $breached; }

QFrame[panel="plain"] { background: $surface; border: 1px solid $line; border-radius: ${card}px; }
QFrame[panel="inset"] { background: $surface; border: 1px solid $line; border-radius: ${control}px; }
QFrame[panel="soft"] { background: $raised; border: none; border-radius: ${control}px; }
QFrame[panel="rail"] { background: $surface; border: none; border-right: 1px solid $line; }
QFrame[panel="bar"] { background: $surface; border: none; border-bottom: 1px solid $line; }
QFrame[panel="line"] { background: $line; border: none; }

QPushButton { background: $surface; color: $text; border: 1px solid $edge; border-radius: ${control}px;
  font-weight: 700; padding: 0 20px; min-height: ${inner}px; }
QPushButton:hover { background: $raised; }
QPushButton:pressed { background: $line; }
QPushButton:focus { border: 2px solid $accent; padding: 0 19px; min-height: ${inner_focus}px; }
QPushButton:checked { background: $accent_soft; color: $accent; border-color: $accent; }
QPushButton:disabled { color: $disabled; border-color: $line; background: $raised; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; border: 1px solid $accent; }
QPushButton[kind="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[kind="primary"]:pressed { background: $accent_pressed; border-color: $accent_pressed; }
QPushButton[kind="primary"]:focus { border: 2px solid $text; }
QPushButton[kind="primary"]:disabled { color: $disabled; border-color: $line; background: $raised; }
QPushButton[kind="danger"] { color: $breached; border-color: $breached; }
QPushButton[kind="danger"]:hover { background: $breached_soft; }
QPushButton[kind="danger"]:disabled { color: $disabled; border-color: $line; }
QPushButton[kind="quiet"] { background: transparent; border-color: transparent; padding: 0 8px; font-weight: 400;
  color: $muted; }
QPushButton[kind="quiet"]:hover { background: $raised; color: $text; }
QPushButton[kind="quiet"]:focus { border: 2px solid $accent; padding: 0 7px; }
QPushButton[kind="link"] { background: transparent; border-color: transparent; padding: 0 8px 0 0; text-align: left; color: $accent; }
QPushButton[kind="link"]:hover { background: $accent_soft; }
QPushButton[kind="link"]:focus { border: 2px solid $accent; padding: 0 6px 0 0; }
QPushButton[compact="true"] { min-height: ${inner_compact}px; padding: 0 14px; }
QPushButton[compact="true"]:focus { min-height: ${inner_compact_focus}px; padding: 0 13px; }
QPushButton[tall="true"] { min-height: ${inner_answer}px; font-size: ${large}px; }
QPushButton[tall="true"]:focus { min-height: ${inner_answer_focus}px; }
QPushButton[choosing="true"] { text-align: right; padding: 0 12px; font-weight: 400; }
QPushButton[choosing="true"]:focus { padding: 0 11px; }
QPushButton[square="true"] { padding: 0; min-width: ${inner}px; max-width: ${inner}px; }
QPushButton[square="true"]:focus { padding: 0; min-width: ${inner_focus}px; max-width: ${inner_focus}px; }

QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QAbstractSpinBox { background: $surface; color: $text;
  border: 1px solid $edge; border-radius: ${control}px; padding: 0 12px; selection-background-color: $accent;
  selection-color: $on_accent; placeholder-text-color: $muted; }
QLineEdit, QComboBox, QAbstractSpinBox { min-height: ${inner}px; }
QPlainTextEdit, QTextEdit { padding: 6px 8px; }
QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus { border: 2px solid $accent; padding: 0 11px;
  min-height: ${inner_focus}px; }
QPlainTextEdit:focus, QTextEdit:focus { border: 2px solid $accent; padding: 5px 7px; }
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled { background: $raised;
  color: $disabled; border-color: $line; }
QLineEdit[invalid="true"], QPlainTextEdit[invalid="true"] { border: 2px solid $breached; padding: 0 11px; }
QLineEdit[frame_less="true"] { border: none; background: transparent; padding: 0; min-height: 0; }
QLineEdit[frame_less="true"]:focus { border: none; padding: 0; }
QLineEdit[search="true"] { background: $background; border-color: $line; min-height: ${inner_search}px; }
QLineEdit[search="true"]:hover { border-color: $edge; }
QLineEdit[figure="true"] { font-size: ${figure}px; font-weight: 700; min-height: ${inner_answer}px; }
QComboBox::drop-down, QDateTimeEdit::drop-down { border: none; width: ${drop}px; }
QComboBox::down-arrow, QDateTimeEdit::down-arrow { image: url("$down"); width: ${arrow}px; height: ${arrow}px; }
QComboBox QAbstractItemView { background: $surface; color: $text; border: 1px solid $edge; outline: none;
  selection-background-color: $accent_soft; selection-color: $accent; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: none; width: ${drop}px; }
QAbstractSpinBox::up-arrow { image: url("$up"); width: ${arrow}px; height: ${arrow}px; }
QAbstractSpinBox::down-arrow { image: url("$down"); width: ${arrow}px; height: ${arrow}px; }

QCheckBox, QRadioButton { spacing: 10px; min-height: ${inner}px; background: transparent; }
QCheckBox::indicator, QRadioButton::indicator { width: ${box}px; height: ${box}px; border: 1px solid $edge;
  background: $surface; }
QCheckBox::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: ${round}px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $accent; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border: 2px solid $accent; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("$tick"); }
QRadioButton::indicator:checked { background: $accent; border-color: $accent; image: url("$bullet"); }
QCheckBox:disabled, QRadioButton:disabled { color: $disabled; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { background: $raised; border-color: $line; }
QCheckBox::indicator:checked:disabled, QRadioButton::indicator:checked:disabled { background: $edge; border-color: $edge; }

QScrollArea { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: $edge; border-radius: 3px; margin: 3px; }
QScrollBar::handle:vertical { min-height: 36px; }
QScrollBar::handle:horizontal { min-width: 36px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; border: none; background: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: none; }

QTableView, QListView, QTreeView { background: $surface; color: $text; border: 1px solid $line;
  border-radius: ${card}px; outline: none; gridline-color: $line; selection-background-color: $accent_soft;
  selection-color: $text; alternate-background-color: $surface; }
QTableView:focus, QListView:focus { border: 2px solid $accent; }
QTableView::item { padding: 0 12px; border-bottom: 1px solid $line; }
QTableView::item:selected { background: $accent_soft; color: $text; }
QListView::item { min-height: ${inner}px; padding: 0 8px; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { background: $surface; color: $muted; font-size: ${small}px; font-weight: 700; border: none;
  border-bottom: 1px solid $line; padding: 0 15px; min-height: 40px; }
QHeaderView::section:first { border-top-left-radius: ${inside}px; }
QHeaderView::section:last, QHeaderView::section:only-one { border-top-right-radius: ${inside}px; }
QTableCornerButton::section { background: $surface; border: none; }
QMenu { background: $surface; color: $text; border: 1px solid $edge; border-radius: ${control}px; padding: 4px; }
QMenu::item { padding: 10px 20px; border-radius: 4px; }
QMenu::item:selected { background: $accent_soft; color: $accent; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QCalendarWidget QWidget { background: $surface; color: $text; }
QCalendarWidget QAbstractItemView { selection-background-color: $accent; selection-color: $on_accent; }
QSplitter::handle { background: transparent; }
"""
