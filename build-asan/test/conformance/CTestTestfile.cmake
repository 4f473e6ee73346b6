# CMake generated Testfile for 
# Source directory: /work/wt/pictures/test/conformance
# Build directory: /work/wt/pictures/build-asan/test/conformance
# 
# This file includes the relevant testing commands required for 
# testing this directory and lists subdirectories to be tested as well.
