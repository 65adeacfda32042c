package main

// A moment is shown as the company's clocks tell it (app.CompanyZone), and flags like --until are read by them. The zone is named once:
// at the head of the column, or behind the moment. JSON has RFC 3339 in UTC.
const (
	toTheMinute = "2006-01-02 15:04"
	toTheSecond = "2006-01-02 15:04:05"
	toTheDay    = "2006-01-02"
)
