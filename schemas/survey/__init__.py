"""The survey definition: XLSForm workbook -> XForm, model, privacy classes, tables and indicators."""
