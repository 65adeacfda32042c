package sms

import (
	"errors"
	"strings"
	"testing"

	"kaskad/bots"
)

// signed is the contract's provider with a signature.
func signed(t *testing.T, toml string) Config {
	cfg := own(t)
	cfg.Report.Signature = configOf(t, "[[sms]]\n[sms.report.signature]\n"+toml).Report.Signature
	cfg.ReportSecret = "s3cret"
	return cfg
}

// The sums were made with openssl.
func TestSignatures(t *testing.T) {
	const body = `{"message_id":"m1","status":"delivered","sum":"SUM"}`
	cases := map[string]struct{ toml, sum string }{ // of "s3cretm1", with the key "s3cret" where there is one
		"md5":         {`hash = "md5"`, "e46ad4c60e1453d5861052d80ecbc1f8"},
		"sha1":        {`hash = "sha1"`, "87110e9196a0908a4bbc00aec671c2a015b999aa"},
		"sha256":      {`hash = "sha256"`, "4c93aca3a65deb2079d8c7c5589c6933aa90de15e0ae1e993e7aef8aaaf33df8"},
		"hmac-sha1":   {"hash = \"hmac-sha1\"\nkey = \"secret\"", "6307c27f870d0877a47017f1de77df43025e6f1c"},
		"hmac-sha256": {"hash = \"hmac-sha256\"\nkey = \"secret\"", "aef8cf45f8a00caba2f5aa722f65255dfcf33b0553a881992da22d6546cb4247"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t, signed(t, "value = \".sum\"\ntext = '$secret + .message_id'\n"+tc.toml))
			genuine := strings.Replace(body, "SUM", tc.sum, 1)
			if batch, err := p.Parse(jsonCall(genuine)); err != nil || len(batch.Events) != 1 {
				t.Errorf("genuine: %+v, %v", batch, err)
			}
			if _, err := p.Parse(jsonCall(strings.Replace(body, "SUM", strings.ToUpper(tc.sum), 1))); err != nil {
				t.Errorf("in capitals: %v", err)
			}
			for what, forged := range map[string]string{
				"of another message": strings.Replace(genuine, "m1", "m2", 1),
				"none":               body[:strings.Index(body, `,"sum"`)] + "}",
				"a wrong one":        strings.Replace(body, "SUM", "00", 1),
				"an empty one":       strings.Replace(body, "SUM", "", 1),
			} {
				if batch, err := p.Parse(jsonCall(forged)); !errors.Is(err, bots.ErrForged) || len(batch.Events) != 0 {
					t.Errorf("%s: %+v, %v; want forged", what, batch, err)
				}
			}
		})
	}
}

// Where we have no secret, everybody could make the signature: nothing is genuine then.
func TestSignatureWithoutSecret(t *testing.T) {
	cfg := signed(t, "value = \".sum\"\nhash = \"sha1\"\ntext = '$secret + .message_id'")
	cfg.ReportSecret = ""
	const sum = "ae23b94ccaf714337e4ce5ba99ef3dc257e300df" // of "m1"
	_, err := newProvider(t, cfg).Parse(jsonCall(`{"message_id":"m1","status":"delivered","sum":"` + sum + `"}`))
	if !errors.Is(err, bots.ErrForged) || !strings.Contains(err.Error(), "we have no secret") {
		t.Errorf("Parse = %v, want forged", err)
	}
}

func TestSignatureFaults(t *testing.T) {
	for toml, want := range map[string]string{
		"hash = \"sha1\"\ntext = '$secret'":                                        "report.signature: write where the signature is",
		"header = \"A\"\nvalue = \".a\"\nhash = \"sha1\"\ntext = '$secret'":        "report.signature: write where the signature is",
		"value = \".a\"\nhash = \"sha512\"\ntext = '$secret'":                      "report.signature.hash: ",
		"value = \".a\"\nhash = \"hmac-md5\"\nkey = \"secret\"\ntext = '.a'":       "report.signature.hash: ",
		"value = \".a\"\nhash = \"hmac-sha1\"\ntext = '$secret'":                   "report.signature.key: ",
		"value = \".a\"\nhash = \"sha1\"\nkey = \"secret\"\ntext = '.a'":           "report.signature.key: ",
		"value = \".a\"\nhash = \"hmac-sha1\"\nkey = \"login\"\ntext = '.a'":       "report.signature.key: ",
		"value = \".a\"\nhash = \"sha1\"\ntext = '$secrets'":                       "report.signature.text: ",
		"value = \".a\"\nhash = \"sha1\"":                                          "report.signature.text: ",
		"value = \".a\"\nhash = \"sha1\"\ntext = '.id'":                            "report.signature: nothing secret is in it",
		"value = \".a\"\nhash = \"sha1\"\ntext = '$secret'\nencoding = \"base32\"": "report.signature.encoding: ",
	} {
		if err := signed(t, toml).Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\nValidate = %v, want %q", toml, err, want)
		}
	}
}
