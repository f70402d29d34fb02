"""Whom the centre trusts: certificates, enrolment codes, accounts of the console."""
