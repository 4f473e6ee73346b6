/* Made by embed.cmake. */
extern const char report_css[];
extern const char report_js[];
