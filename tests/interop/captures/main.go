// Captures of DogStatsD, with the messages of the Agent's own definitions.
//
//	captures read FILE    a line a message: time, process, payload in hexadecimal and its length; then a line "state" and a
//	                      line for each process and its container
//	captures write FILE   a capture of what standard input has in the same form
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"sort"

	pb "github.com/DataDog/datadog-agent/pkg/proto/pbgo/core"
	"google.golang.org/protobuf/proto"
)

// The first bytes of a capture of version 3.
var header = []byte{0xd4, 0x74, 0xd0, 0x60, 0xf3, 0xff, 0, 0}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func read(path string) {
	file, err := os.ReadFile(path)
	must(err)
	if string(file[:len(header)]) != string(header) {
		panic("another header")
	}
	rest := file[len(header):]
	for {
		size := binary.LittleEndian.Uint32(rest)
		rest = rest[4:]
		if size == 0 {
			break
		}
		message := &pb.UnixDogstatsdMsg{}
		must(proto.Unmarshal(rest[:size], message))
		rest = rest[size:]
		fmt.Println(message.Timestamp, message.Pid, "x"+hex.EncodeToString(message.Payload), message.PayloadSize)
	}
	size := binary.LittleEndian.Uint32(rest[len(rest)-4:])
	rest = rest[:len(rest)-4]
	if int(size) != len(rest) {
		panic("another length of the state")
	}
	state := &pb.TaggerState{}
	must(proto.Unmarshal(rest, state))
	fmt.Println("state")
	processes := []int{}
	for process := range state.PidMap {
		processes = append(processes, int(process))
	}
	sort.Ints(processes)
	for _, process := range processes {
		fmt.Println(process, state.PidMap[int32(process)])
	}
}

func write(path string) {
	out := append([]byte{}, header...)
	put := func(message proto.Message) []byte {
		bytes, err := proto.Marshal(message)
		must(err)
		return bytes
	}
	state := &pb.TaggerState{PidMap: map[int32]string{}, State: map[string]*pb.Entity{}, Duration: 30000000000}
	inState := false
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if lines.Text() == "state" {
			inState = true
			continue
		}
		if inState {
			var process int32
			var container string
			_, err := fmt.Sscan(lines.Text(), &process, &container)
			must(err)
			state.PidMap[process] = container
			state.State[container] = &pb.Entity{LowCardinalityTags: []string{"image:x"}, StandardTags: []string{"service:y"}}
			continue
		}
		message := &pb.UnixDogstatsdMsg{AncillarySize: 3, Ancillary: []byte{1, 2, 3}}
		var payload string
		_, err := fmt.Sscan(lines.Text(), &message.Timestamp, &message.Pid, &payload, &message.PayloadSize)
		must(err)
		message.Payload, err = hex.DecodeString(payload[1:])
		must(err)
		bytes := put(message)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(bytes)))
		out = append(out, bytes...)
	}
	must(lines.Err())
	bytes := put(state)
	out = append(out, 0, 0, 0, 0)
	out = append(out, bytes...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(bytes)))
	must(os.WriteFile(path, out, 0o600))
}

func main() {
	switch os.Args[1] {
	case "read":
		read(os.Args[2])
	case "write":
		write(os.Args[2])
	}
}
