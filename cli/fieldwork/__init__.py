"""Fieldwork on paper: respondents, phones and their troubles, and what the tables must show in the end.

Everything but `phones` and `wire` is pure. Nothing here imports a service or the pipeline's idea of a table: the truth
would prove nothing if it came from the code it judges.
"""
