package programs

// Save stores an entry as a process that compiled it would.
func Save(s *Store, key string, executable []byte) error { return s.save(key, executable) }
