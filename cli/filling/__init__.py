"""Fills any published form from the form itself: what a patient person with a phone could answer.

Pure: a definition, its files, a `random.Random` and the present give a submission. The form's rules are those of
schemas.expressions and services.validate, so that whatever is filled here is accepted there.
"""
