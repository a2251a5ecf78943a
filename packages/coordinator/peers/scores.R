# Leverage scores as R has them, hat() of the stats package, of a .npy of float32, row-major: Rscript scores.R K.npy N D
# Prints the seconds after the matrix is in memory.
args <- commandArgs(trailingOnly = TRUE)
n <- as.integer(args[2])
d <- as.integer(args[3])
file <- file(args[1], "rb")
invisible(readBin(file, "raw", file.size(args[1]) - 4 * n * d))
K <- matrix(readBin(file, "numeric", n * d, size = 4, endian = "little"), n, d, byrow = TRUE)
close(file)
start <- proc.time()[["elapsed"]]
tau <- hat(K, intercept = FALSE)
seconds <- proc.time()[["elapsed"]] - start
status <- tryCatch(readLines("/proc/self/status"), error = function(e) character(0), warning = function(w) character(0))
peak <- as.numeric(gsub("[^0-9]", "", grep("^VmHWM", status, value = TRUE))) * 1024
cat(sprintf('{"seconds": %.3f, "scoreSum": %.9f, "largest": %.12f, "peakMemoryBytes": %.0f}\n', seconds, sum(tau), max(tau), c(peak, 0)[1]))
