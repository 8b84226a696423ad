"""What users pass -> checked arrays and numbers. Errors about arguments are worded here."""
