package programs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The structs in pjrt.h are declared by hand; a C compiler, which building this package needs as well, compares them
// with PJRT's own header at the version of go-xla in go.mod.
func TestStructsAreThoseOfPJRT(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/gomlx/go-xla").Output()
	if err != nil {
		t.Fatal(err)
	}
	compiler := os.Getenv("CC")
	if compiler == "" {
		compiler = "cc"
	}
	var program strings.Builder
	program.WriteString("#include \"pjrt_c_api.h\"\n#include \"pjrt.h\"\n")
	same := func(theirs, ours string, fields ...string) {
		for i := 0; i < len(fields); i += 2 {
			program.WriteString("_Static_assert(offsetof(" + theirs + ", " + fields[i] + ") == offsetof(" + ours +
				", " + fields[i+1] + "), \"" +
				theirs + "." + fields[i] + "\");\n")
		}
	}
	same("PJRT_Api", "maestro_api",
		"pjrt_api_version.major_version", "version.major_version", "PJRT_Error_Destroy", "error_destroy",
		"PJRT_Error_Message", "error_message", "PJRT_Client_Compile", "client_compile",
		"PJRT_Executable_Destroy", "executable_destroy", "PJRT_Executable_Serialize", "executable_serialize",
		"PJRT_LoadedExecutable_GetExecutable", "loaded_get_executable",
		"PJRT_Executable_DeserializeAndLoad", "deserialize_and_load")
	same("PJRT_Program", "maestro_program", "code", "code", "code_size", "code_size", "format_size", "format_size")
	same("PJRT_Client_Compile_Args", "maestro_compile_args", "client", "client", "program", "program",
		"compile_options", "options", "compile_options_size", "options_size", "executable", "executable")
	same("PJRT_Executable_DeserializeAndLoad_Args", "maestro_load_args", "client", "client",
		"serialized_executable", "serialized", "serialized_executable_size", "serialized_size",
		"loaded_executable", "executable", "overridden_serialized_compile_options_size", "options_size")
	same("PJRT_LoadedExecutable_GetExecutable_Args", "maestro_get_args",
		"loaded_executable", "loaded", "executable", "executable")
	same("PJRT_Executable_Serialize_Args", "maestro_serialize_args", "executable", "executable",
		"serialized_bytes", "bytes", "serialized_bytes_size", "bytes_size",
		"serialized_executable", "serialized", "serialized_executable_deleter", "deleter")
	same("PJRT_Error_Message_Args", "maestro_message_args", "error", "error", "message", "message", "message_size",
		"message_size")
	same("PJRT_Executable_Destroy_Args", "maestro_destroy_args", "executable", "what")
	same("PJRT_Error_Destroy_Args", "maestro_destroy_args", "error", "what")
	source := filepath.Join(t.TempDir(), "offsets.c")
	if err := os.WriteFile(source, []byte(program.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	headers := filepath.Join(strings.TrimSpace(string(dir)), "pjrt")
	if out, err := exec.Command(compiler, "-fsyntax-only", "-I", headers, "-I", here,
		source).CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}
