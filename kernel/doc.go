// Package kernel runs notebooks: it sets JupyterLab up with our Go kernel, starts Lab, executes notebooks headless, and
// is the supervisor that Jupyter starts in place of GoNB (github.com/janpfeifer/gonb), which compiles and runs each cell
// as a program of its own.
package kernel
