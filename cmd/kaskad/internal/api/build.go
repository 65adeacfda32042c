package api

// Build says which program this is.
type Build struct {
	Version string `json:"version" doc:"Of the release; between releases the last one and the commits since; devel: nobody wrote it down"`
	Commit  string `json:"commit,omitempty" doc:"What it was built from; +dirty: and from changes that were not committed"`
	Date    string `json:"date,omitempty" doc:"Of that commit"`
	Go      string `json:"go" doc:"The compiler"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}
