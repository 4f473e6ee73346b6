// A peer: HTTP/1.1 by Go's net/http, as its users write it.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		os.Exit(1)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, "Hello, world\n")
	})
	fmt.Println(l.Addr().(*net.TCPAddr).Port)
	if http.Serve(l, nil) != nil {
		os.Exit(1)
	}
}
