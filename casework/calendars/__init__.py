"""Which days and hours count: legal holidays of Belgium, bridge days and working hours of each organisation."""
