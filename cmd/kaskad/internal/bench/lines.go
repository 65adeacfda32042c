package bench

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
)

// Who calls shares its processors with what it measures, so that it does as little as it can: kept connections, requests written into one
// buffer each, answers of which it reads the status and the end.

// line is one kept connection.
type line struct {
	conn    net.Conn
	request []byte
	answer  []byte
}

func dial(address string, n int) (all []*line, err error) {
	for range n {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return nil, errors.Join(err, hangUp(all))
		}
		all = append(all, &line{conn: conn, answer: make([]byte, 256<<10)})
	}
	return all, nil
}

func hangUp(all []*line) (err error) {
	for _, l := range all {
		err = errors.Join(err, l.conn.Close())
	}
	return err
}

// post appends a request with one line of header of its own.
func post(b []byte, path, header, value string, body []byte) []byte {
	b = append(append(append(b, "POST "...), path...), " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"...)
	b = append(append(append(append(b, header...), ": "...), value...), "\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	return append(append(b, "\r\n\r\n"...), body...)
}

var errNoEnd = errors.New("an answer without end, or too large")

// call sends what is written and reads the answer, which has to have this status. The body is good until the next call.
func (l *line) call(status string) (body []byte, err error) {
	if _, err := l.conn.Write(l.request); err != nil {
		return nil, err
	}
	for n := 0; n < len(l.answer); {
		m, err := l.conn.Read(l.answer[n:])
		if err != nil {
			return nil, err
		}
		n += m
		head, body, whole := bytes.Cut(l.answer[:n], []byte("\r\n\r\n"))
		if !whole {
			continue
		}
		if whole, err := ended(head, body); err != nil || !whole {
			if err != nil {
				return nil, err
			}
			continue
		}
		if bytes.HasPrefix(head, []byte("HTTP/1.1 429 ")) {
			return nil, errBusy
		}
		if !bytes.HasPrefix(head, []byte("HTTP/1.1 "+status+" ")) {
			return nil, fmt.Errorf("answered %q", l.answer[:min(n, 500)])
		}
		return body, nil
	}
	return nil, errNoEnd
}

// errBusy is a call that was refused because too much is under way.
var errBusy = errors.New("refused for now")

// ended reports whether all of an answer is there.
func ended(head, body []byte) (bool, error) {
	if bytes.Contains(head, []byte("\r\nTransfer-Encoding: chunked")) {
		return bytes.HasSuffix(body, []byte("0\r\n\r\n")), nil
	}
	_, rest, has := bytes.Cut(head, []byte("\r\nContent-Length: "))
	if !has {
		return false, fmt.Errorf("an answer without a length: %q", head)
	}
	value, _, _ := bytes.Cut(rest, []byte("\r\n"))
	size, err := strconv.Atoi(string(value))
	return len(body) >= size, err
}
