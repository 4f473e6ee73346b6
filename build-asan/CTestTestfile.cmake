# CMake generated Testfile for 
# Source directory: /work/wt/pictures
# Build directory: /work/wt/pictures/build-asan
# 
# This file includes the relevant testing commands required for 
# testing this directory and lists subdirectories to be tested as well.
subdirs("addons/http")
subdirs("examples/pictures")
subdirs("test")
