# CMake generated Testfile for 
# Source directory: /work/wt/pictures/test
# Build directory: /work/wt/pictures/build-asan/test
# 
# This file includes the relevant testing commands required for 
# testing this directory and lists subdirectories to be tested as well.
add_test([=[api.files.uring]=] "/work/wt/pictures/test/run.sh" "uring" "/work/wt/pictures/build-asan/test/test_api_files")
set_tests_properties([=[api.files.uring]=] PROPERTIES  LABELS "api;uring" SKIP_RETURN_CODE "77" TIMEOUT "120" _BACKTRACE_TRIPLES "/work/wt/pictures/test/CMakeLists.txt;30;add_test;/work/wt/pictures/test/CMakeLists.txt;38;coil_test_programs;/work/wt/pictures/test/CMakeLists.txt;0;")
add_test([=[api.files.tiny]=] "/work/wt/pictures/test/run.sh" "tiny" "/work/wt/pictures/build-asan/test/test_api_files")
set_tests_properties([=[api.files.tiny]=] PROPERTIES  LABELS "api;tiny" SKIP_RETURN_CODE "77" TIMEOUT "120" _BACKTRACE_TRIPLES "/work/wt/pictures/test/CMakeLists.txt;30;add_test;/work/wt/pictures/test/CMakeLists.txt;38;coil_test_programs;/work/wt/pictures/test/CMakeLists.txt;0;")
add_test([=[api.files.epoll]=] "/work/wt/pictures/test/run.sh" "epoll" "/work/wt/pictures/build-asan/test/test_api_files")
set_tests_properties([=[api.files.epoll]=] PROPERTIES  LABELS "api;epoll" SKIP_RETURN_CODE "77" TIMEOUT "120" _BACKTRACE_TRIPLES "/work/wt/pictures/test/CMakeLists.txt;30;add_test;/work/wt/pictures/test/CMakeLists.txt;38;coil_test_programs;/work/wt/pictures/test/CMakeLists.txt;0;")
subdirs("conformance")
