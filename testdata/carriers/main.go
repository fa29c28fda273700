package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

const (
	headerToken   = "X-Gateway-Token"
	secretName    = "gateway/signing"
	schemaVersion = "2024-06-01"
	// Digest of the schema that this build understands.
	schemaDigest = "{{sha256}}"
)

// Options of the gateway; the password is read from the environment.
type Options struct {
	Listen   string        `json:"listen"`
	User     string        `json:"user"`
	Password string        `json:"password,omitempty"`
	Token    string        `json:"-"`
	Timeout  time.Duration `json:"timeout"`
}

func newServer(ctx context.Context) (*http.Server, error) {
	{{slot}}
	opts := Options{
		Listen:   ":8443",
		User:     os.Getenv("GATEWAY_USER"),
		Password: os.Getenv("GATEWAY_PASSWORD"),
		Timeout:  30 * time.Second,
	}
	if opts.Password == "" {
		return nil, fmt.Errorf("GATEWAY_PASSWORD is not set")
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) {
		token := r.Header.Get(headerToken)
		if token == "" {
			http.Error(w, "missing token", http.StatusUnauthorized)
			return
		}
		sum := sha256.Sum256([]byte(token))
		fmt.Fprintln(w, hex.EncodeToString(sum[:]))
	})
	return &http.Server{Addr: opts.Listen, Handler: mux, ReadTimeout: opts.Timeout}, nil
}

func main() {
	key := flag.String("key", "", "file with the private key")
	flag.Parse()
	server, err := newServer(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(server.ListenAndServeTLS("server.crt", *key))
}
