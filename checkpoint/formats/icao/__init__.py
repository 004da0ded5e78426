"""What ICAO's seals and barcodes share: dates, machine readable zones, names of states, hashes by curve."""
