// Package kernel runs notebooks: it sets JupyterLab up with our Go kernel, starts Lab, executes notebooks headless, and
// is the supervisor that Jupyter starts as the kernel. That runs cells whose values live (package live), and has GoNB
// (github.com/janpfeifer/gonb) run what is no Go in them, and cells that are to be programs of their own.
package kernel
