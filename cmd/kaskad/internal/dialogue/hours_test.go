package dialogue

import (
	"strings"
	"testing"
	"time"
)

var week = HoursConfig{
	Mon: "09:00-13:00, 14:00-18:00", Tue: "09:00-18:00", Wed: "09:00-18:00", Thu: "09:00-18:00", Fri: "09:00-18:00", Sat: "10:00-24:00",
	Exceptions: map[string]string{"01-01": "closed", "2026-11-24": "12:00-13:00"},
}

func TestWhenTheShopIsOpen(t *testing.T) {
	kyiv, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	s, faults := week.Compile(kyiv)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for at, want := range map[string]string{ // 2026-11-23 is a Monday
		"2026-11-23 08:59": "opens 2026-11-23 09:00", "2026-11-23 09:00": "until 13:00", "2026-11-23 13:00": "opens 2026-11-23 14:00",
		"2026-11-23 18:00": "opens 2026-11-24 12:00", "2026-11-24 12:30": "until 13:00", "2026-11-28 23:59": "until 24:00",
		"2026-11-29 12:00": "opens 2026-11-30 09:00", "2027-01-01 12:00": "opens 2027-01-02 10:00",
		"2027-03-28 12:00": "opens 2027-03-29 09:00", // the night on which the clocks change
	} {
		when, err := time.ParseInLocation("2006-01-02 15:04", at, kyiv)
		if err != nil {
			t.Fatal(err)
		}
		now := s.At(when.UTC())
		got := "until " + now.until()
		if !now.Open {
			got = "opens " + now.Opens.Format("2006-01-02 15:04")
		}
		if got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
	if got, want := s.week([7]string{"Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Нд"}, "вихідний"), "Пн: 09:00–13:00, 14:00–18:00\nВт–Пт: 09:00–18:00\nСб: 10:00–24:00\nНд: вихідний"; got != want {
		t.Errorf("the week is\n%s\nwant\n%s", got, want)
	}
}

func TestHoursThatCannotBe(t *testing.T) {
	c := HoursConfig{Mon: "9-18", Tue: "18:00-09:00", Wed: "10:00-12:00, 11:00-13:00", Exceptions: map[string]string{"32-01": "closed", "02-29": "closed", "05-01": ""}}
	_, faults := c.Compile(time.UTC)
	var keys []string
	for _, f := range faults {
		keys = append(keys, f.Key)
	}
	if got, want := strings.Join(keys, " "), "mon tue wed exceptions.05-01 exceptions.32-01"; got != want {
		t.Errorf("faults at %s, want %s", got, want)
	}
}
