/* SPDX-License-Identifier: Apache-2.0 */
/* Written by golden_smart_turn.py: what pipecat-ai's Smart Turn makes of the sounds of signals.c. */
static const struct {
    const char *signal;
    float probability;
    bool steady; /* the same for slightly other features and arithmetic: the same, then, on another processor */
    float mean, mean_square; /* of all features */
    float features[8];       /* at golden_places */
} golden[] = {
    {"silence",
     0.98703671f,
     true,
     -1.50000000f,
     2.25000000f,
     {-1.50000000f, -1.50000000f, -1.50000000f, -1.50000000f, -1.50000000f, -1.50000000f, -1.50000000f, -1.50000000f}},
    {"click",
     0.97084272f,
     false,
     -0.33406878f,
     0.12382573f,
     {0.31841704f, 1.64144576f, 0.04428852f, -0.34982100f, -0.34982100f, -0.34982100f, -0.34982100f, -0.34982100f}},
    {"modulated noise",
     0.97400773f,
     true,
     0.16874033f,
     0.60631546f,
     {0.39731592f, 0.87618768f, 1.26564896f, 0.98709756f, 0.48227012f, 0.87244189f, 0.57914692f, 1.02689302f}},
    {"chirp",
     0.20764753f,
     false,
     -0.10208422f,
     0.18338746f,
     {1.57632339f, -0.00778590f, -0.32219732f, -0.32219732f, 0.49613583f, -0.32219732f, -0.32219732f, -0.32219732f}},
    {"falling voice",
     0.92558575f,
     false,
     0.13615944f,
     0.22441697f,
     {-0.15430415f, 0.40891704f, 0.37238353f, 1.30212915f, 0.35536352f, 0.26894671f, 0.28576326f, 0.43280682f}},
    {"rising voice",
     0.00642213f,
     true,
     0.08469088f,
     0.13252695f,
     {-0.05848716f, 0.64967287f, 0.51872367f, 0.65834838f, 1.64444351f, 0.69195026f, 0.57730210f, 0.57033026f}},
    {"endless voice",
     0.88575888f,
     false,
     0.64819410f,
     0.56359847f,
     {0.74245870f, 0.41103908f, 1.14065063f, 1.29208088f, 0.64134407f, 0.35046890f, 0.38201064f, 0.44596329f}},
};

static const int golden_places[][2] = {{0, 0},    {0, 799},  {1, 792},  {7, 771},
                                       {20, 750}, {40, 777}, {60, 700}, {79, 798}}; /* band, frame */
