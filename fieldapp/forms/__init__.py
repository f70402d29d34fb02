"""The form engine: XLSForm workbooks become XForms, and XForms are filled offline; knows no case, no table, no screen."""
