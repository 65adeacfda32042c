package app

// whatsApp checks both ways to WhatsApp. That the paired phone is a risk is said at every check: whoever installs a gateway is not
// always whose number it is.
func (l *loader) whatsApp(cfg *Config) {
	l.all("whatsapp", cfg.WhatsApp.Validate())
	if cfg.WhatsApp.Enabled {
		l.warn("whatsapp.enabled", "a paired phone is no official interface: WhatsApp's terms do not allow it, and WhatsApp can ban the number for good. Use a number you can lose, write only to people who wrote first, or take [whatsapp_cloud]; docs/whatsapp.md")
		if cfg.WhatsApp.Cold {
			l.warn("whatsapp.cold", "people who never wrote to this number are written to: that is what WhatsApp bans numbers for first")
		}
	}
	l.all("whatsapp_cloud", cfg.WhatsAppCloud.Validate())
	l.plain("whatsapp_cloud.api_url", cfg.WhatsAppCloud.APIURL)
	if cfg.WhatsAppCloud.On() && cfg.Server.PublicURL == "" {
		l.add("whatsapp_cloud.token", "Meta calls us, and cannot without [server] public_url: write https://…")
	}
}
