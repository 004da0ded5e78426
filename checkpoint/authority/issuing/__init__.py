"""Native passes made here: their issuers' keys, their places in status lists, rows of a CSV, codes, sheets, one act."""
