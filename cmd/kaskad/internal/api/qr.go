package api

import (
	"encoding/base64"
	"fmt"

	"rsc.io/qr"
)

// picture draws a text as a QR code, as a page shows it in place of the address of a picture: a PNG, because every till and every
// browser prints one. A module is 8 pixels wide, with the quiet zone of four modules around: a link of a bot makes about 330 pixels,
// enough for 3 cm at 300 dpi.
func picture(text string) (string, error) {
	code, err := qr.Encode(text, qr.M) // a receipt gets creased: 15 % may be lost
	if err != nil {
		return "", fmt.Errorf("draw a link as QR code: %w", err)
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(code.PNG()), nil
}
