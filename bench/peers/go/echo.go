// A peer: an echo server in Go, a goroutine per connection. `echo BYTES`, the size of the messages.
package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
)

func serve(c net.Conn, size int) {
	buf := make([]byte, size)
	for {
		n, err := c.Read(buf)
		if err != nil {
			c.Close()
			return
		}
		if _, err = c.Write(buf[:n]); err != nil {
			c.Close()
			return
		}
	}
}

func main() {
	size := 1024
	if len(os.Args) > 1 {
		if n, err := strconv.Atoi(os.Args[1]); err == nil && n > size {
			size = n
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		os.Exit(1)
	}
	fmt.Println(l.Addr().(*net.TCPAddr).Port)
	for {
		c, err := l.Accept()
		if err != nil {
			os.Exit(1)
		}
		go serve(c, size)
	}
}
