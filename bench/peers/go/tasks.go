// A peer: tasks, hand-overs and timers in Go. `tasks WHAT N` does WHAT N times and prints wall and CPU seconds.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

func cpu() float64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)*1e-6
}

func both(f, g func()) {
	var wg sync.WaitGroup
	wg.Add(2)
	go func() { f(); wg.Done() }()
	go func() { g(); wg.Done() }()
	wg.Wait()
}

func yields(tasks int) func(int) {
	return func(n int) {
		var wg sync.WaitGroup
		wg.Add(tasks)
		for i := 0; i < tasks; i++ {
			go func() {
				for j := 0; j < n/tasks; j++ {
					runtime.Gosched()
				}
				wg.Done()
			}()
		}
		wg.Wait()
	}
}

func spawn(n int) {
	var wg sync.WaitGroup
	for i := 0; i < n; i++ {
		wg.Add(1)
		go wg.Done()
		wg.Wait()
	}
}

// So many goroutines at once, then all are joined; n in all.
func manyTasks(atOnce int) func(int) {
	return func(n int) {
		var wg sync.WaitGroup
		for round := 0; round < n/atOnce; round++ {
			wg.Add(atOnce)
			for i := 0; i < atOnce; i++ {
				go wg.Done()
			}
			wg.Wait()
		}
	}
}

// What an event is in Go: a channel that one side waits on and the other sends to.
func event(n int) {
	ping, pong := make(chan struct{}), make(chan struct{})
	both(func() {
		for i := 0; i < n/2; i++ {
			ping <- struct{}{}
			<-pong
		}
	}, func() {
		for i := 0; i < n/2; i++ {
			<-ping
			pong <- struct{}{}
		}
	})
}

// A channel with room serves as a semaphore.
func semaphore(n int) {
	full, empty := make(chan struct{}, 1), make(chan struct{}, 1)
	both(func() {
		for i := 0; i < n/2; i++ {
			full <- struct{}{}
			<-empty
		}
	}, func() {
		for i := 0; i < n/2; i++ {
			<-full
			empty <- struct{}{}
		}
	})
}

func lock(n int) {
	var m sync.Mutex
	rounds := func() {
		for i := 0; i < n/2; i++ {
			m.Lock()
			runtime.Gosched()
			m.Unlock()
		}
	}
	both(rounds, rounds)
}

func queue(n int) {
	items := make(chan int, 1)
	both(func() {
		for i := 0; i < n; i++ {
			items <- i
		}
	}, func() {
		for i := 0; i < n; i++ {
			<-items
		}
	})
}

// n timers over one second, at the delays that every contender has.
func timers(n int) {
	var wg sync.WaitGroup
	wg.Add(n)
	state := uint64(88172645463325252)
	for i := 0; i < n; i++ {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		delay := float64(state>>11) / float64(uint64(1)<<53)
		time.AfterFunc(time.Duration(delay*1e9), wg.Done)
	}
	wg.Wait()
}

func thread(n int) {
	ask, answer := make(chan struct{}), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		for range ask {
			answer <- struct{}{}
		}
	}()
	for i := 0; i < n; i++ {
		ask <- struct{}{}
		<-answer
	}
}

func resident() (kib float64) {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) > 1 && (fields[0] == "VmRSS:" || fields[0] == "VmPTE:") {
			n, _ := strconv.Atoi(fields[1])
			kib += float64(n)
		}
	}
	return
}

func parked(n int) {
	before := resident()
	stop := make(chan struct{})
	var started, over sync.WaitGroup
	started.Add(n)
	over.Add(n)
	for i := 0; i < n; i++ {
		go func() {
			started.Done()
			<-stop
			over.Done()
		}()
	}
	started.Wait()
	fmt.Printf("{\"kib\": %f}\n", resident()-before)
	close(stop)
	over.Wait()
}

func main() {
	known := map[string]func(int){
		"yield, 2 tasks": yields(2), "yield, 1,000 tasks": yields(1000), "yield, 10,000 tasks": yields(10000),
		"start and join a task": spawn, "event": event, "semaphore": semaphore, "lock and yield": lock,
		"queue of one place": queue, "timer, exact": timers, "thread": thread, "parked": parked,
	}
	if len(os.Args) != 3 {
		os.Exit(2)
	}
	n, err := strconv.Atoi(os.Args[2])
	f := known[os.Args[1]]
	var atOnce int
	if _, no := fmt.Sscanf(os.Args[1], "yield among %d tasks", &atOnce); no == nil && atOnce > 0 {
		f = yields(atOnce)
	} else if _, no := fmt.Sscanf(os.Args[1], "start %d tasks, join them", &atOnce); no == nil && atOnce > 0 {
		f = manyTasks(atOnce)
	}
	if f == nil {
		os.Exit(77)
	}
	if err != nil {
		os.Exit(2)
	}
	wall, used := time.Now(), cpu()
	f(n)
	fmt.Printf("{\"wall\": %.9f, \"cpu\": %.9f}\n", time.Since(wall).Seconds(), cpu()-used)
}
