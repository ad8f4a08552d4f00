// The limiter that Go programs usually have: golang.org/x/time/rate, one for each caller, in a map under a lock.
// Prints the same line as our limiter-bench.
//
// usage: limiter KEYS SECONDS THREADS
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/time/rate"
)

const decisionsPerLook = 1024

type key struct{ high, low, class uint64 }

type callers struct {
	lock     sync.RWMutex
	limiters map[key]*rate.Limiter
}

func (c *callers) spend(who key, now time.Time) bool {
	c.lock.RLock()
	limiter := c.limiters[who]
	c.lock.RUnlock()
	if limiter == nil {
		limiter = rate.NewLimiter(1e9, 1e9)
		c.lock.Lock()
		c.limiters[who] = limiter
		c.lock.Unlock()
	}
	return limiter.AllowN(now, 1)
}

// Any of the keys, in an order that no cache foresees.
func work(c *callers, keys uint64, state uint64, end time.Time) int {
	decisions := 0
	for {
		now := time.Now()
		if !now.Before(end) {
			return decisions
		}
		for i := 0; i < decisionsPerLook; i++ {
			state ^= state << 13
			state ^= state >> 7
			state ^= state << 17
			c.spend(key{(state >> 32) * keys >> 32, 0x5eed, 1}, now)
		}
		decisions += decisionsPerLook
	}
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func argument(place int) float64 {
	value, err := strconv.ParseFloat(os.Args[place], 64)
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	keys, seconds, threads := uint64(argument(1)), argument(2), int(argument(3))
	runtime.GOMAXPROCS(threads)
	c := &callers{limiters: make(map[key]*rate.Limiter, keys)}
	for number := uint64(0); number < keys; number++ {
		c.spend(key{number, 0x5eed, 1}, time.Now())
	}
	runtime.GC()
	cpu, start := cpuSeconds(), time.Now()
	end := start.Add(time.Duration(seconds * 1e9))
	counts := make([]int, threads)
	var group sync.WaitGroup
	for index := range counts {
		group.Add(1)
		go func(index int) {
			defer group.Done()
			counts[index] = work(c, keys, uint64(index+1)*0x9E3779B97F4A7C15, end)
		}(index)
	}
	group.Wait()
	total := 0
	for _, count := range counts {
		total += count
	}
	wall := time.Since(start).Seconds()
	fmt.Printf("{\"threads\": %d, \"decisions\": %d, \"rate\": %f, \"cpu_ns\": %f}\n",
		threads, total, float64(total)/wall, (cpuSeconds()-cpu)/float64(total)*1e9)
}
