// A peer: random reads of 4 KiB from a cached file in Go, by 32 goroutines. `files WHAT N`, the file is $BENCH_FILE.
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const block, depth = 4096, 32

func cpu() float64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)*1e-6
}

func read(file *os.File, blocks, seed uint64, n int) {
	buf := make([]byte, block)
	for i := 0; i < n; i++ {
		seed ^= seed << 13
		seed ^= seed >> 7
		seed ^= seed << 17
		if _, err := file.ReadAt(buf, int64(seed%blocks)*block); err != nil {
			os.Exit(1)
		}
	}
}

func main() {
	if len(os.Args) != 3 {
		os.Exit(2)
	}
	n, err := strconv.Atoi(os.Args[2])
	if err != nil {
		os.Exit(2)
	}
	if os.Args[1] != "read 4 KiB, 32 at a time" {
		os.Exit(77)
	}
	file, err := os.Open(os.Getenv("BENCH_FILE"))
	if err != nil {
		os.Exit(1)
	}
	facts, err := file.Stat()
	if err != nil || facts.Size() < block {
		os.Exit(1)
	}
	wall, used := time.Now(), cpu()
	var wg sync.WaitGroup
	wg.Add(depth)
	for i := 1; i <= depth; i++ {
		go func(seed uint64) {
			read(file, uint64(facts.Size()/block), seed, n/depth)
			wg.Done()
		}(uint64(i) * 2654435761)
	}
	wg.Wait()
	fmt.Printf("{\"wall\": %.9f, \"cpu\": %.9f}\n", time.Since(wall).Seconds(), cpu()-used)
}
