package templates

import "testing"

func TestNarrow(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"quotes, dashes and dots":            {"“Sale” «now» — it’s 5–10 %…", `"Sale" "now" - it's 5-10 %...`},
		"a currency and a number":            {"No tax: № 5, 100₴, 2×3", "No tax: No 5, 100UAH, 2x3"},
		"letters of the alphabet stay":       {"Été à Århus: 5€ ~", "Été à Århus: 5€ ~"},
		"a backtick is not in the alphabet":  {"a`b", "a'b"},
		"Cyrillic keeps its punctuation":     {"«Сад» — 5…", "«Сад» — 5…"},
		"one emoji, and nothing is gained":   {"“Sale” 🎁", "“Sale” 🎁"},
		"a letter that the alphabet has not": {"Łódź — 5", "Łódź — 5"},
		"nothing to do":                      {`"Sale"`, `"Sale"`},
		"spaces that only look so":           {"1\u00a0000\u202f$\u200b – x", "1 000 $ - x"},
	} {
		got, err := RenderText(SMS, tt.text)
		if err != nil || got.Text != tt.want {
			t.Errorf("%s: %q, %v; want %q", name, got.Text, err, tt.want)
		}
	}
	if got, err := RenderText(Plain, "“Sale” — x"); err != nil || got.Text != "“Sale” — x" {
		t.Errorf("elsewhere punctuation stays: %q, %v", got.Text, err)
	}
}

func TestLatin(t *testing.T) {
	for locale, words := range map[string]map[string]string{
		// the samples of resolution 55
		"uk-ua": {
			"Алушта": "Alushta", "Андрій": "Andrii", "Борщагівка": "Borshchahivka", "Борисенко": "Borysenko", "Вінниця": "Vinnytsia", "Володимир": "Volodymyr",
			"Гадяч": "Hadiach", "Богдан": "Bohdan", "Згурський": "Zghurskyi", "Ґалаґан": "Galagan", "Ґорґани": "Gorgany", "Донецьк": "Donetsk", "Рівне": "Rivne",
			"Єнакієве": "Yenakiieve", "Гаєвич": "Haievych", "Короп'є": "Koropie", "Житомир": "Zhytomyr", "Закарпаття": "Zakarpattia", "Казимирчук": "Kazymyrchuk",
			"Медвин": "Medvyn", "Михайленко": "Mykhailenko", "Іванків": "Ivankiv", "Їжакевич": "Yizhakevych", "Кадиївка": "Kadyivka", "Мар'їне": "Marine",
			"Йосипівка": "Yosypivka", "Стрий": "Stryi", "Олексій": "Oleksii", "Щербухи": "Shcherbukhy", "Гоща": "Hoshcha", "Юрій": "Yurii", "Корюківка": "Koriukivka",
			"Яготин": "Yahotyn", "Ярошенко": "Yaroshenko", "Знам’янка": "Znamianka", "Феодосія": "Feodosiia", "Розгон": "Rozghon", "ЩО ЦЕ": "SHCHO TSE", "Я є": "Ya ye",
			"ЗГОДА": "ZGHODA", "ЧАЩ": "CHASHCH", "и\u0306ой": "yoi", "O'Neil": "O'Neil", "Київ-Юг": "Kyiv-Yuh", "Подъезд": "Podezd", "СМС2Я": "SMS2Ya",
			"Код: AB-12, https://магазин.укр/я?b=ж та пошта@x": "Kod: AB-12, https://магазин.укр/я?b=ж ta poshta@x",
			"рядок\nщо\u00a0Є": "riadok\nshcho\u00a0Ye",
		},
		"ru": {
			"Подъезд": "Podezd", "Объявление": "Obyavlenie", "ёлка": "yolka", "Щука": "Shchuka", "Мой заказ": "Moy zakaz", "Эхо": "Ekho", "Юля": "Yulya", "Киев, Її": "Kiev, Yiyi", "О'Нил": "O'Nil",
		},
	} {
		for text, want := range words {
			if got := latin(text, locale); got != want {
				t.Errorf("%s: %s is %q; want %q", locale, text, got, want)
			}
		}
	}
}

func TestTransliterate(t *testing.T) {
	s := loadFiles(t, map[string]string{
		"t/uk.md":     "{{if .x}}{{.id}}{{.name}}{{end}}Ваше замовлення",
		"t/uk.sms.md": "+++\ntransliterate = true\nbuttons = [{ text = \"Стежити\", url = \"https://shop.example/{{.id}}\" }]\n+++\n«Замовлення» № {{.id}} — готове, {{.name}}!",
	})
	data := map[string]any{"id": "7/я", "name": "Щур <b>"}
	if got := render(t, s, Input{Template: "t", Channel: "sms", Format: SMS, Data: data}).Text; got != "\"Zamovlennia\" No 7/ya - hotove, Shchur <b>!\nStezhyty: https://shop.example/7%2F%D1%8F" {
		t.Errorf("SMS = %q", got)
	}
	if got := render(t, s, Input{Template: "t", Channel: "telegram", Format: Telegram, Data: data}).Text; got != "Ваше замовлення" {
		t.Errorf("elsewhere = %q", got)
	}
	s = load(t, "+++\ntransliterate = true\n[example]\na = \"x\"\n+++\n{{.a}}")
	if r, err := s.Render(Input{Template: "t", Channel: "sms", Format: SMS, Data: map[string]any{"a": "ьь"}}); err == nil {
		t.Errorf("nothing is left, and it is sent: %q", r.Text)
	}
}

func TestTransliteratedButNotShort(t *testing.T) {
	_, err := Load(options(), Builtin(), folder("own", map[string]string{"t/uk.md": "+++\ntransliterate = true\n+++\nДякуємо 🎁"}))
	if want := `own/t/uk.md:4: transliterated, and still not in the short alphabet of SMS because of "🎁"; take it out, or take transliterate away`; err == nil || err.Error() != want {
		t.Errorf("Load = %v; want %s", err, want)
	}
}
